// The show-a-picture gate: one logistic row on the state at the end of the prompt, where the assistant is about to speak
// (training/networks/gate.py). Must never be asked of a state without the final norm.
import { AppError } from '../../core/app-error.ts';
import { halfToFloat } from '../engine/half.ts';
import { readSafetensors } from '../engine/safetensors.ts';

export interface Gate {
  /** A picture is wanted where it is positive. @param state shape (H) */
  readonly logit: (state: Float32Array) => number;
}

/** @param width H @throws {AppError} MODEL_UNAVAILABLE naming the file and what is wrong with it */
export async function openGate(path: string, width: number): Promise<Gate> {
  const file = await readSafetensors(path);
  const read = (name: string, length: number): Float32Array => {
    const tensor = file.get(name);
    if (tensor?.type !== 'float16' || tensor.data.length !== length)
      throw new AppError('MODEL_UNAVAILABLE', `${path} has no half-precision "${name}" of ${length} numbers`);
    return halfToFloat(tensor.data);
  };
  const [row, mean, scale] = [read('row', width), read('mean', width), read('scale', width)];
  const [bias] = read('bias', 1);
  if (![...row, ...mean, ...scale, bias!].every(Number.isFinite) || scale.includes(0))
    throw new AppError('MODEL_UNAVAILABLE', `${path} holds a number that is not finite, or a scale of 0`);
  return {
    logit: (state) => row.reduce((sum, weight, i) => sum + (weight * (state[i]! - mean[i]!)) / scale[i]!, bias!),
  };
}

/** As GILL's reference code scales a logit: made positive, so that a strong no becomes a strong yes; no factor of 1 or less does anything. */
export const scaledAbsolutely = (logit: number, factor: number): number =>
  factor > 1 ? Math.abs(logit) * factor : logit;

export const probabilityOf = (logit: number): number => 1 / (1 + Math.exp(-logit));
