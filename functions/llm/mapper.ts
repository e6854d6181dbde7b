// The loaded mapper and the learned rows that stand for `[IMG0]` and those behind it. One file holds both, so that rows and
// mapper of different trainings can never meet.
import { createHash } from 'node:crypto';
import { AppError } from '../../core/app-error.ts';
import type { Device } from '../../core/device.ts';
import type { WireTensor } from '../../core/function-contract.ts';
import { floatToHalf, fromWire, halfToFloat, toWire } from '../engine/half.ts';
import { createTensor, openSession } from '../engine/onnx-runtime.ts';
import { readSafetensors, type Safetensors } from '../engine/safetensors.ts';
import type { Turns } from '../engine/turns.ts';
import { buildMapper, readMapperShape } from './mapper-graph.ts';
import type { VisualRow } from './prompt.ts';

export interface Mapper extends AsyncDisposable {
  /** `[IMG0]`… as they stand in the prompt. */
  readonly rows: readonly VisualRow[];
  readonly readsParent: boolean;
  /** How many states of the turn it reads at most; 0: none. */
  readonly turnPositions: number;
  /** L × C. */
  readonly tokenValues: number;
  /**
   * @param states at the rows, shape (r, H)
   * @param turn those before them, shape (T, H); a mapper that reads none leaves it unread
   * @param parent what the picture that is changed was drawn from, shape (L, C); a mapper that reads none leaves it unread
   * @returns shape (L, C)
   * @throws the signal's reason; {AppError} INTERNAL when it reads the turn and is given none, or more than it reads
   */
  readonly map: (
    states: Float32Array,
    turn: Float32Array,
    parent: Float32Array | undefined,
    signal: AbortSignal,
  ) => Promise<Float32Array>;
  /** @throws {AppError} INVALID when it is not of shape (L, C) */
  readonly fromConditioning: (tensor: WireTensor) => Float32Array;
  /** What `map` returns, as it travels. */
  readonly toConditioning: (tokens: Float32Array) => WireTensor;
}

export interface MapperFile {
  readonly path: string;
  /** What the rows of the file are multiplied by to stand among embeddings. */
  readonly rowScale: number;
  readonly imageTokens: number;
}

/**
 * @param width H @param turns which others of the same process take as well
 * @throws {AppError} MODEL_UNAVAILABLE naming the file and what is wrong with it
 */
export async function openMapper(
  file: MapperFile,
  width: number,
  turns: Turns,
  device: Device = 'cpu',
): Promise<Mapper> {
  const weights = await readSafetensors(file.path);
  const shape = readMapperShape(weights);
  if (shape.positions !== file.imageTokens || shape.width !== width)
    throw new AppError(
      'MODEL_UNAVAILABLE',
      `${file.path} has rows of shape (${shape.positions}, ${shape.width}); model.json and the language model ask for ` +
        `(${file.imageTokens}, ${width})`,
    );
  const rows = readRows(weights, file);
  const session = await openSession(buildMapper(weights), { device });
  const { positions, tokens, tokenWidth, readsParent, turnPositions } = shape;
  return {
    rows,
    readsParent,
    turnPositions,
    tokenValues: tokens * tokenWidth,
    map: (states, turn, parent, signal) =>
      turns.text(async () => {
        const said = turn.length / width;
        if (turnPositions > 0 && (said === 0 || said > turnPositions))
          throw new AppError(
            'INTERNAL',
            `the mapper reads 1 to ${turnPositions} states of a turn, and is given ${said}`,
          );
        using inputs = new DisposableStack();
        const input = (sizes: readonly number[], data?: Float32Array) =>
          inputs.use(createTensor('float32', sizes, data));
        using output = createTensor('float32', [1, tokens, tokenWidth]);
        await session.run(
          {
            states: input([1, positions, width], states),
            ...(turnPositions > 0 && { turn: input([1, said, width], turn) }),
            ...(readsParent && { parent: input([1, tokens, tokenWidth], parent) }),
          },
          { tokens: output },
          signal,
        );
        return output.data;
      }),
    fromConditioning: (tensor) => {
      const [rows, columns] = tensor.shape;
      const values = halfToFloat(fromWire(tensor)); // (L, C)
      if (tensor.shape.length !== 2 || rows !== tokens || columns !== tokenWidth || !values.every(Number.isFinite))
        throw new AppError(
          'INVALID',
          `drawnFrom of shape (${tensor.shape.join(', ')}) is not what a picture is drawn from: that has ` +
            `(${tokens}, ${tokenWidth}) finite numbers`,
        );
      return values;
    },
    toConditioning: (mapped) => toWire([tokens, tokenWidth], floatToHalf(mapped)),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

function readRows(weights: Safetensors, { path, rowScale }: MapperFile): VisualRow[] {
  const tensor = weights.get('rows');
  if (tensor?.type !== 'float16') throw new AppError('MODEL_UNAVAILABLE', `${path} has no half-precision "rows"`);
  const [count, width] = tensor.shape as readonly [number, number];
  const values = halfToFloat(tensor.data).map((value) => value * rowScale); // (r, H)
  const digest = createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex');
  return Array.from({ length: count }, (_, i) => ({
    values: values.subarray(i * width, (i + 1) * width),
    key: `${digest}.${i}`,
  }));
}
