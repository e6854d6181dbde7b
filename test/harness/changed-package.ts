// The bundled model package with another manifest and other files, in a folder of the test's own. Must never write through a
// link: what is not changed is linked to the bundled files, which every other test reads.
import { createHash } from 'node:crypto';
import { readdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openModelPackage, type ModelManifest } from '../../functions/engine/model-package.ts';
import { modelFolder } from './decoder-logits.ts';

/** @param folder empty @param own files in place of bundled ones of the same name, or beside them */
export async function writeChangedPackage(
  folder: string,
  change: (manifest: ModelManifest) => ModelManifest,
  own: Readonly<Record<string, Uint8Array>> = {},
): Promise<void> {
  for (const name of await readdir(modelFolder))
    if (name !== 'model.json' && !(name in own))
      await symlink(path.resolve(modelFolder, name), path.join(folder, name));
  const { manifest } = await openModelPackage(modelFolder);
  const digests = Object.entries(own).map(([name, bytes]) => [name, createHash('sha256').update(bytes).digest('hex')]);
  const files = { ...manifest.files, ...(Object.fromEntries(digests) as Record<string, string>) };
  for (const [name, bytes] of Object.entries(own)) await writeFile(path.join(folder, name), bytes, { flag: 'wx' });
  await writeFile(path.join(folder, 'model.json'), JSON.stringify(change({ ...manifest, files })), { flag: 'wx' });
}
