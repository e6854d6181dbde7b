// The baseline after GLIDE (Nichol et al. 2021, arXiv:2112.10741), a mini: diffusion on pixels, a base of 48 × 48 and an upsampler to
// 96 × 96, trained by training/stages/pixels.py on the same scenes. Must never be served, nor be called GLIDE without "mini".
import path from 'node:path';
import { AppError } from '../../core/app-error.ts';
import { buildDenoiser } from '../../functions/diffusion/denoiser-graph.ts';
import { flowEuler } from '../../functions/diffusion/flow-euler.ts';
import { guided, rowsFor, type Predict } from '../../functions/diffusion/guidance.ts';
import { nullConditionOf } from '../../functions/diffusion/picture-model.ts';
import { pixelsToRgb } from '../../functions/diffusion/rgb.ts';
import { fromWire, halfToFloat } from '../../functions/engine/half.ts';
import type { ModelPackage } from '../../functions/engine/model-package.ts';
import { gaussianNoise } from '../../functions/engine/noise.ts';
import { createTensor, openSession } from '../../functions/engine/onnx-runtime.ts';
import { readWeights } from '../metrics/open-metrics.ts';
import type { Picture } from '../pictures/picture.ts';
import { resizePlanes } from '../pictures/resize.ts';
import { openLongText } from './long-text.ts';

/** Cells on a side: the networks see a picture as 12 × 12 of them, a cell's pixels as channels. */
const cells = 12;
const baseSide = 48;
const miniSide = 96;
const drawnIn = { base: 12, up: 6 } as const;
const baseGuidance = 3;

export interface PixelMini extends AsyncDisposable {
  /** Weights, steps and guidance, for a run's settings. */
  readonly identity: string;
  /** By the package's own text encoder. */
  readonly draw: (text: string, seed: bigint, signal: AbortSignal) => Promise<Picture>;
  /** @param condition (L, E) @returns (3, 48, 48) and (3, 96, 96), flattened, about [−1, 1] */
  readonly drawFrom: (
    condition: Float32Array,
    start: { readonly base: Float32Array; readonly up: Float32Array },
    steps: { readonly base: number; readonly up: number },
    signal: AbortSignal,
  ) => Promise<{ readonly small: Float32Array; readonly large: Float32Array }>;
}

/** @param folder with `pixels_base.safetensors` and `pixels_up.safetensors` @throws {AppError} MODEL_UNAVAILABLE when they do not fit */
export async function openPixelMini(model: ModelPackage, folder: string): Promise<PixelMini> {
  await using stack = new AsyncDisposableStack();
  const words = stack.use(await openLongText(model, model.file(model.manifest.picture.textTower)));
  const base = stack.use(
    await openPixelDenoiser(model, path.join(folder, 'pixels_base.safetensors'), baseSide, 'velocity'),
  );
  const up = stack.use(
    await openPixelDenoiser(model, path.join(folder, 'pixels_up.safetensors'), miniSide, 'addition'),
  );
  const drawFrom: PixelMini['drawFrom'] = async (condition, start, steps, signal) => {
    const nothing = new Float32Array(start.base.length); // (48, 12, 12)
    const drawn = await base.sample(condition, nothing, start.base, steps.base, baseGuidance, signal);
    const small = fromCells(drawn, baseSide).map((value) => Math.max(-1, Math.min(1, value))); // (3, 48, 48)
    const [from, to] = [baseSide, miniSide].map((side) => ({ width: side, height: side }));
    const given = toCells(resizePlanes(small, from!, to!), miniSide); // (192, 12, 12)
    const pixels = await up.sample(condition, given, start.up, steps.up, 1, signal);
    return { small, large: fromCells(pixels, miniSide) };
  };
  const owned = stack.move();
  return {
    // its own, whatever the package's pictures are drawn with
    identity:
      `${[base, up].map(({ digest }) => digest.slice(0, 12)).join(' and ')}, ` +
      `${drawnIn.base} and ${drawnIn.up} steps, guidance ${baseGuidance} and 1`,
    drawFrom,
    draw: async (text, seed, signal) => {
      const condition = halfToFloat(fromWire((await words.read(text)).tensor)); // (L, E)
      // one stream of noise, the upsampler's behind the base's
      const noise = gaussianNoise(seed, 3 * (baseSide ** 2 + miniSide ** 2));
      const cut = 3 * baseSide ** 2;
      const start = { base: noise.subarray(0, cut), up: noise.subarray(cut) };
      const { large } = await drawFrom(condition, start, drawnIn, signal);
      return { width: miniSide, height: miniSide, rgb: pixelsToRgb(large) };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface PixelDenoiser extends AsyncDisposable {
  readonly digest: string;
  /** @param condition (L, E) @param given in cells, as the noise @returns a picture in cells (3 · r², 12, 12) */
  readonly sample: (
    condition: Float32Array,
    given: Float32Array,
    noise: Float32Array,
    steps: number,
    guidance: number,
    signal: AbortSignal,
  ) => Promise<Float32Array>;
}

/** What a network says: the velocity, or what has to be added to the picture that it is given. */
type Says = 'velocity' | 'addition';

async function openPixelDenoiser(model: ModelPackage, file: string, side: number, says: Says): Promise<PixelDenoiser> {
  const { weights, digest } = await readWeights(file);
  const channels = 3 * (side / cells) ** 2;
  const [tokens, width] = model.manifest.picture.conditioning;
  const [takes, told] = [weights.get('i.weight')?.shape[1], weights.get('null')?.shape];
  if (takes !== channels || told?.[0] !== tokens || told[1] !== width)
    throw new AppError(
      'MODEL_UNAVAILABLE',
      `${file} draws ${takes ?? 'no'} channels from (${told?.join(', ') ?? ''}), not ${channels} from (${tokens}, ${width})`,
    );
  const session = await openSession(buildDenoiser(weights, [channels, cells, cells]));
  const untold = nullConditionOf(weights, [tokens, width]); // (L, E)
  return {
    digest,
    sample: async (condition, given, noise, steps, guidance, signal) => {
      const rows = rowsFor({ guidance });
      const create = (...shape: number[]) => createTensor('float32', [rows.length, ...shape]);
      using latent = create(channels, cells, cells);
      using time = create();
      using conditions = create(tokens, width);
      using parent = create(channels, cells, cells);
      using velocity = create(channels, cells, cells);
      const length = noise.length;
      for (const [i, row] of rows.entries()) {
        conditions.data.set(row === 'told' ? condition : untold, i * condition.length);
        parent.data.set(given, i * length);
      }
      const predict: Predict = async (x, t) => {
        for (const i of rows.keys()) latent.data.set(x, i * length);
        time.data.fill(t);
        await session.run({ latent, time, condition: conditions, parent }, { velocity }, signal);
        const velocityOf = (row: number): Float32Array => {
          const said = velocity.data.slice(row * length, (row + 1) * length);
          return says === 'velocity' ? said : said.map((added, i) => (x[i]! - given[i]! - added) / t);
        };
        return rows.length === 1 ? { told: velocityOf(0) } : { told: velocityOf(0), untold: velocityOf(1) };
      };
      let drawn = noise;
      for await (const step of flowEuler(guided(predict, 'flow', { guidance }), noise, steps, signal))
        drawn = step.latent;
      return drawn;
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** PyTorch's pixel_unshuffle. @param planes (3, side, side), flattened @returns (3 · r², 12, 12), flattened */
export function toCells(planes: Float32Array, side: number): Float32Array {
  const out = new Float32Array(planes.length);
  eachPlace(side, (pixel, cell) => (out[cell] = planes[pixel]!));
  return out;
}

/** The other way round. */
export function fromCells(values: Float32Array, side: number): Float32Array {
  const out = new Float32Array(values.length);
  eachPlace(side, (pixel, cell) => (out[pixel] = values[cell]!));
  return out;
}

/** Where a pixel lies in (3, side, side) and in (3, r, r, 12, 12). */
function eachPlace(side: number, visit: (pixel: number, cell: number) => void): void {
  const r = side / cells;
  for (let colour = 0; colour < 3; colour++)
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) {
        const channel = (colour * r + (y % r)) * r + (x % r);
        visit((colour * side + y) * side + x, (channel * cells + Math.floor(y / r)) * cells + Math.floor(x / r));
      }
}
