// Choices made on the language model's state at a picture's place (training/networks/choices.py): draw or find, and the vector
// that a gallery is searched with. Plain arithmetic, since each is a row or two of a state. Must never be
// asked of states without the final norm.
import { AppError } from '../../core/app-error.ts';
import type { LlmImageEvent } from '../../core/function-contract.ts';
import { floatToHalf, halfToFloat, toWire } from '../engine/half.ts';
import { readSafetensors } from '../engine/safetensors.ts';
import { probabilityOf } from './gate.ts';

export interface Choices {
  /** @param state at `[IMG0]`, shape (H) */
  readonly choose: (state: Float32Array) => Required<Pick<LlmImageEvent, 'decision' | 'query'>>;
}

/** @param width H @throws {AppError} MODEL_UNAVAILABLE naming the file and what is wrong with it */
export async function openChoices(path: string, width: number): Promise<Choices> {
  const file = await readSafetensors(path);
  const read = (name: string, columns: number): Float32Array => {
    const tensor = file.get(name);
    if (tensor?.type !== 'float16' || tensor.shape.at(-1) !== columns)
      throw new AppError('MODEL_UNAVAILABLE', `${path} has no half-precision "${name}" of ${columns} columns`);
    const values = halfToFloat(tensor.data);
    if (!values.every(Number.isFinite))
      throw new AppError('MODEL_UNAVAILABLE', `${path}: "${name}" holds a number that is not finite`);
    return values;
  };
  const readLinear = (name: string): Linear => {
    const weight = read(`${name}.weight`, width);
    return { weight, bias: read(`${name}.bias`, weight.length / width) };
  };
  const [find, text] = [readLinear('find'), readLinear('retrieval.text')];
  if (find.bias.length !== 1)
    throw new AppError('MODEL_UNAVAILABLE', `${path}: the shapes of its tensors do not fit each other`);

  return {
    choose: (state) => {
      const findProbability = probabilityOf(apply(find, normalise(state))[0]!);
      const vector = apply(text, state); // (D)
      const length = Math.hypot(...vector);
      const query = toWire([vector.length], floatToHalf(length === 0 ? vector : vector.map((x) => x / length)));
      return { decision: { drawProbability: 1 - findProbability, findProbability }, query };
    },
  };
}

interface Linear {
  /** Shape (outputs, H). */
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

function apply({ weight, bias }: Linear, x: Float32Array): Float32Array {
  return bias.map((sum, o) => sum + dot(x, weight.subarray(o * x.length, (o + 1) * x.length)));
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

const epsilon = 1e-5;

/** LayerNorm without affine. */
function normalise(x: Float32Array): Float32Array {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  return x.map((value) => (value - mean) / Math.sqrt(variance + epsilon));
}
