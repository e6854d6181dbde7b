// What a run is measured on: a model package and a file of data, by their digests. Must never name a package whose files are
// not what its model.json says.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Precision } from '../../functions/llm/decoder-graph.ts';
import { openModelPackage, verifyModelPackage, type ModelPackage } from '../../functions/engine/model-package.ts';

export interface Identity {
  readonly model: ModelPackage;
  /** Heads a task's settings. */
  readonly settings: {
    readonly model: string;
    readonly data: string;
    readonly parity?: string;
    readonly precision?: string;
  };
}

/** @throws {AppError} MODEL_UNAVAILABLE when a file of the package is missing or another */
export async function identify(modelFolder: string, dataFile: string, precision?: Precision): Promise<Identity> {
  const model = await openModelPackage(modelFolder);
  await verifyModelPackage(model);
  const { parity } = model.manifest.gill ?? {};
  const data = createHash('sha256')
    .update(await readFile(dataFile))
    .digest('hex');
  return {
    model,
    settings: {
      model: `${model.manifest.name} ${model.digest.slice(0, 12)}`,
      data: data.slice(0, 12),
      ...(parity && { parity: parity.join(', ') }),
      // what is served goes without saying
      ...(precision === 'float32' && { precision: 'float32, of the language model' }),
    },
  };
}
