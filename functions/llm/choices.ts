// Choices made at a picture's place (training/networks/choices.py, finding.py): draw or find, on the language model's state, and the
// vector that a gallery is searched with, on what the mapper made of it or, as GILL has it, on that state. Plain arithmetic, since each
// is a matrix at most. Must never be asked of states without the final norm.
import { AppError } from '../../core/app-error.ts';
import type { LlmImageEvent } from '../../core/function-contract.ts';
import { floatToHalf, halfToFloat, toWire } from '../engine/half.ts';
import { readSafetensors } from '../engine/safetensors.ts';
import { probabilityOf } from './gate.ts';

export interface Choices {
  /** @param state at `[IMG0]`, shape (H) @param tokens what the mapper made of it, shape (L, C); undefined: there is no mapper */
  readonly choose: (
    state: Float32Array,
    tokens: Float32Array | undefined,
  ) => Required<Pick<LlmImageEvent, 'decision' | 'query'>>;
}

/**
 * @param width H
 * @param tokenValues L × C of the package's mapper; undefined: there is none
 * @throws {AppError} MODEL_UNAVAILABLE naming the file and what is wrong with it
 */
export async function openChoices(path: string, width: number, tokenValues: number | undefined): Promise<Choices> {
  const file = await readSafetensors(path);
  const refuse = (what: string) => new AppError('MODEL_UNAVAILABLE', `${path} ${what}`);
  const read = (name: string, axes: number, columns: number): Float32Array => {
    const tensor = file.get(name);
    if (tensor?.type !== 'float16' || tensor.shape.length !== axes || tensor.shape.at(-1) !== columns)
      throw refuse(`has no half-precision ${axes === 1 ? 'vector' : 'matrix'} "${name}" of ${columns} columns`);
    const values = halfToFloat(tensor.data);
    if (!values.every(Number.isFinite)) throw refuse(`has a number in "${name}" that is not finite`);
    return values;
  };
  const readLinear = (name: string, columns: number): Linear => {
    const weight = read(`${name}.weight`, 2, columns);
    return { weight, bias: read(`${name}.bias`, 1, weight.length / columns) };
  };
  const find = readLinear('find', width);
  if (find.bias.length !== 1) throw refuse(`has ${find.bias.length} rows of "find", and one is asked`);
  const [ofTokens, ofState] = ['tokens', 'text'].map((reads) => file.has(`retrieval.${reads}.weight`));
  if (ofTokens === ofState)
    throw refuse(`has ${ofTokens ? 'both' : 'none'} of "retrieval.tokens" and "retrieval.text", and searches by one`);
  if (ofTokens && tokenValues === undefined)
    throw refuse('searches by what a mapper says ("retrieval.tokens"), and the package has no mapper');
  const search = ofTokens ? readLinear('retrieval.tokens', tokenValues!) : readLinear('retrieval.text', width);

  return {
    choose: (state, tokens) => {
      const findProbability = probabilityOf(apply(find, normalise(state))[0]!);
      const vector = apply(search, ofTokens ? tokens! : state); // (D)
      const length = Math.hypot(...vector);
      const query = toWire([vector.length], floatToHalf(length === 0 ? vector : vector.map((x) => x / length)));
      return { decision: { drawProbability: 1 - findProbability, findProbability }, query };
    },
  };
}

interface Linear {
  /** Shape (outputs, inputs). */
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
