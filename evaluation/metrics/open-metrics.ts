// Metric networks from files of weights: who is given to a task, and under which name its figures stand. Must never give
// a measure the name of a published one whose weights it does not have.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createTensor, openSession, type Session, type Tensor } from '../../functions/engine/onnx-runtime.ts';
import { parseSafetensors, readSafetensors, type Safetensors } from '../../functions/engine/safetensors.ts';
import { AppError, coerceError } from '../../core/app-error.ts';
import { alexnet } from '../networks/alexnet.ts';
import { buildClipVision, cropForClip, readClipShape } from '../networks/clip-vision.ts';
import { buildInception, inceptionSide, inceptionWidth } from '../networks/inception.ts';
import { buildLite0Encoder, lite0 } from '../networks/lite0.ts';
import { buildMetricEncoder, metricSide } from '../networks/metric-encoder.ts';
import { buildPerceptualDistance, type Trunk } from '../networks/perceptual-distance.ts';
import { toPlanes, type Picture } from '../pictures/picture.ts';
import { resizePlanes } from '../pictures/resize.ts';
import { scenePlanes } from '../pictures/scene-planes.ts';
import type { ImageEncoder } from './similarity.ts';

/** A network from two pictures to how differently they look. */
export interface PictureDistance extends AsyncDisposable {
  readonly name: string;
  /** sha256 of its weights. */
  readonly digest: string;
  /** 0 for equal pictures. */
  readonly between: (first: Picture, second: Picture) => Promise<number>;
}

/** The published heads of LPIPS v0.1 for AlexNet (NOTICE). */
const alexHeads = new URL('../weights/lpips-alex-v0.1.safetensors', import.meta.url).pathname;

/** LPIPS v0.1. @param file AlexNet's weights as torchvision has them, in safetensors */
export async function openLpips(file: string): Promise<PictureDistance> {
  return openDistance('LPIPS v0.1 (AlexNet)', alexnet, await readWeights(file), await readSafetensors(alexHeads));
}

/** LPIPS's formula over EfficientNet-Lite0 with every channel weighted 1: a measure of its own, so under its own name. */
export async function openEpsLite0(file: string): Promise<PictureDistance> {
  return openDistance('EPS-lite0', lite0, await readWeights(file), undefined);
}

/** Pooled features of EfficientNet-Lite0. */
export async function openLite0Encoder(file: string): Promise<ImageEncoder> {
  const { weights, digest } = await readWeights(file);
  const session = await openSession(buildLite0Encoder(weights, lite0.side));
  const width = weights.get('_conv_head.weight')!.shape[0]!;
  return encoderOf({ shortName: 'Lite0', name: 'EfficientNet-Lite0, pooled', digest }, session, width, (picture) =>
    square(picture, lite0.side),
  );
}

/** The storybook's own, for its own pictures. @param file weights that training's stage `metric` exported */
export async function openSceneEncoder(file: string): Promise<ImageEncoder> {
  const { weights, digest } = await readWeights(file);
  const session = await openSession(buildMetricEncoder(weights));
  const width = weights.get('o.weight')!.shape[0]!;
  const name = 'the storybook’s metric encoder';
  return encoderOf({ shortName: 'Scene', name, digest }, session, width, (picture) =>
    createTensor('float32', [1, 3, metricSide, metricSide], scenePlanes(picture, metricSide, name)),
  );
}

/** CLIP's projected image features. @param file Hugging Face's, in safetensors; the text half may be there */
export async function openClipEncoder(file: string): Promise<ImageEncoder> {
  const { weights, digest } = await readWeights(file);
  const shape = readClipShape(weights);
  const { width, layers, patch, side, projection } = shape;
  const large = width === 1024 && layers === 24 && patch === 14 && side === 224;
  const name = large ? 'CLIP ViT-L/14' : `CLIP, ${layers} layers of ${width}, patches of ${patch}, ${side} pixels`;
  const session = await openSession(buildClipVision(weights, shape));
  return encoderOf({ shortName: 'CLIP', name, digest }, session, projection, (picture) =>
    createTensor('float32', [1, 3, side, side], toPlanes(cropForClip(picture, side))),
  );
}

/** The features of FID. @param file pytorch-fid's `pt_inception-2015-12-05`, in safetensors */
export async function openInceptionEncoder(file: string): Promise<ImageEncoder> {
  const { weights, digest } = await readWeights(file);
  const session = await openSession(buildInception(weights));
  const size = { width: inceptionSide, height: inceptionSide };
  return encoderOf(
    { shortName: 'Inception', name: 'Inception-v3 of 2015, pooled', digest },
    session,
    inceptionWidth,
    (picture) => {
      // whatever its size and aspect, and without antialiasing: as published distances were measured
      const planes = resizePlanes(toPlanes(picture), picture, size, { antialias: false });
      return createTensor('float32', [1, 3, inceptionSide, inceptionSide], planes);
    },
  );
}

/** @param width numbers of a feature vector */
function encoderOf(
  named: Pick<ImageEncoder, 'shortName' | 'name' | 'digest'>,
  session: Session,
  width: number,
  prepare: (picture: Picture) => Tensor<'float32'>,
): ImageEncoder {
  return {
    ...named,
    embed: async (picture) => {
      using pixels = prepare(picture);
      using features = createTensor('float32', [1, width]);
      await session.run({ pixels }, { features });
      return features.data;
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

async function openDistance(
  name: string,
  trunk: Trunk,
  { weights, digest }: ReadWeights,
  heads: Safetensors | undefined,
): Promise<PictureDistance> {
  const session = await openSession(buildPerceptualDistance(trunk, weights, heads));
  return {
    name,
    digest,
    between: async (a, b) => {
      using first = square(a, trunk.side);
      using second = square(b, trunk.side);
      using distance = createTensor('float32', [1]);
      await session.run({ first, second }, { distance });
      return distance.data[0]!;
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** Whatever its aspect, as the published evaluation does it. (1, 3, side, side) */
function square(picture: Picture, side: number) {
  const planes = resizePlanes(toPlanes(picture), picture, { width: side, height: side });
  return createTensor('float32', [1, 3, side, side], planes);
}

interface ReadWeights {
  readonly weights: Safetensors;
  readonly digest: string;
}

/** @throws {AppError} MODEL_UNAVAILABLE when the file cannot be read */
export async function readWeights(file: string): Promise<ReadWeights> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (thrown) {
    throw new AppError('MODEL_UNAVAILABLE', `${file} cannot be read`, coerceError(thrown));
  }
  return { weights: parseSafetensors(bytes, file), digest: createHash('sha256').update(bytes).digest('hex') };
}
