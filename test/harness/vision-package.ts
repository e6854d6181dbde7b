// An image encoder whose weights are the formula's (test/harness/formula.ts), as test/golden/record-vision.py computes with them,
// and a model package that has it: what it sees means nothing, but every number is known.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { floatToHalf } from '../../functions/engine/half.ts';
import type { Safetensors } from '../../functions/engine/safetensors.ts';
import { writeChangedPackage } from './changed-package.ts';
import { formulaWeights, safetensorsFile } from './formula.ts';

export interface RecordedVision {
  /** Names and shapes of the served weights. */
  readonly shapes: readonly (readonly [string, readonly number[]])[];
  /** Every number of the formula's `scale`. */
  readonly scale: number;
  /** PNG, base64. */
  readonly pictures: readonly string[];
  /** sha256 of the weights that `package.*` was recorded of; absent: the package had none. */
  readonly vision?: string;
}

export const readRecordedVision = async (folder = 'test/golden/fixtures'): Promise<RecordedVision> =>
  JSON.parse(await readFile(path.join(folder, 'vision.json'), 'utf8')) as RecordedVision;

/** In half precision, as weights are served. */
export function formulaVision({ shapes, scale }: RecordedVision): Safetensors {
  return new Map(
    [...formulaWeights(shapes)].map(([name, tensor]) => {
      assert.equal(tensor.type, 'float32');
      const floats = name === 'scale' ? tensor.data.fill(scale) : tensor.data;
      return [name, { type: 'float16', shape: tensor.shape, data: floatToHalf(floats) }] as const;
    }),
  );
}

/** Makes the bundled package anew in `folder`, with that encoder and the layout that goes with it. */
export async function writeVisionPackage(folder: string): Promise<void> {
  const file = safetensorsFile(formulaVision(await readRecordedVision()));
  const name = 'formula-vision.safetensors';
  await writeChangedPackage(
    folder,
    ({ gill, ...manifest }) => ({
      ...manifest,
      gill: { ...gill!, vision: name, layout: { drawn: 'imageTokens', sent: 'rows' } },
    }),
    { [name]: file },
  );
}
