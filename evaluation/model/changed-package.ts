// A model package with another manifest and other files, in a folder that goes when it is disposed. Must never write through a link:
// what is not changed is linked to the package's own files.
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AppError } from '../../core/app-error.ts';
import { isParityHabit, parityHabits } from '../../core/parity.ts';
import { openModelPackage, type ModelManifest, type ModelPackage } from '../../functions/engine/model-package.ts';

export interface ChangedPackage extends AsyncDisposable {
  readonly model: ModelPackage;
}

/** @param files in place of the package's own of the same name, or beside them; they are added to the manifest */
export async function changePackage(
  own: ModelPackage,
  change: (manifest: ModelManifest) => ModelManifest,
  files: Readonly<Record<string, Uint8Array>> = {},
): Promise<ChangedPackage> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gill-package-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  for (const name of await readdir(own.folder))
    if (name !== 'model.json' && !(name in files))
      await symlink(path.resolve(own.folder, name), path.join(folder, name));
  const digests: Record<string, string> = { ...own.manifest.files };
  for (const [name, bytes] of Object.entries(files)) {
    await writeFile(path.join(folder, name), bytes, { flag: 'wx' });
    digests[name] = createHash('sha256').update(bytes).digest('hex');
  }
  const changed = change({ ...own.manifest, files: digests });
  await writeFile(path.join(folder, 'model.json'), JSON.stringify(changed), { flag: 'wx' });
  const model = await openModelPackage(folder);
  const owned = stack.move();
  return { model, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/**
 * The package with habits of GILL's reference code, and no others than these.
 * @throws {AppError} INVALID naming what is none of them; MODEL_UNAVAILABLE where the package has nothing that they are habits of
 */
export async function keepHabits(modelFolder: string, names: readonly string[]): Promise<ChangedPackage> {
  const parity = names.filter(isParityHabit);
  const unknown = names.find((name) => !isParityHabit(name));
  if (unknown !== undefined)
    throw new AppError('INVALID', `--parity names "${unknown}", but knows ${parityHabits.join(', ')}`);
  return changePackage(await openModelPackage(modelFolder), ({ gill, ...manifest }) => {
    if (!gill) throw new AppError('MODEL_UNAVAILABLE', `${modelFolder} has no gill in its model.json`);
    return { ...manifest, gill: { ...gill, parity } };
  });
}
