// The figures of a made picture beside the true one, by whichever metric networks are at hand. Must never fill in a
// figure whose network is missing.
import type { Metric, Measured } from '../harness/task.ts';
import {
  attributeNames,
  factNames,
  openOracle,
  scoreAttributes,
  scoreFacts,
  type Oracle,
  type SceneLabels,
  type Standing,
} from '../metrics/attributes.ts';
import {
  openClipEncoder,
  openEpsLite0,
  openLite0Encoder,
  openLpips,
  openSceneEncoder,
} from '../metrics/open-metrics.ts';
import { rankOf, recallAt } from '../metrics/recall.ts';
import { cosine, type ImageEncoder } from '../metrics/similarity.ts';
import { readPicture, type Picture } from '../pictures/picture.ts';

/** Files of weights, each optional. */
export interface MetricFiles {
  /** CLIP's, for CLIP similarity and recall. */
  readonly clip: string | undefined;
  /** AlexNet's, for LPIPS. */
  readonly alexnet: string | undefined;
  /** EfficientNet-Lite0's, for EPS-lite0 and for similarity and recall by its pooled features. */
  readonly lite0: string | undefined;
  /** The storybook's metric encoder, for similarity and recall. */
  readonly metric: string | undefined;
  /** The storybook's pixel oracle. */
  readonly oracle: string | undefined;
}

/** What a made picture is held against. */
export interface TruePicture {
  readonly truthFile: string;
  /** Of its scene, where the set has them. */
  readonly labels: readonly number[] | undefined;
  /** Where each of them stands, in a story that is marked so. */
  readonly told?: readonly (Standing | null)[] | undefined;
}

export interface PictureMetrics extends AsyncDisposable {
  readonly metrics: readonly Metric[];
  /** @param index of the item that the picture was made for */
  readonly measure: (made: Picture, index: number) => Promise<Measured['values']>;
}

/** The true picture and the other ones of the items after it, around the end. */
const galleryItems = 100;
export const recallPlaces = [1, 5, 10];

/** @throws {AppError} MODEL_UNAVAILABLE naming the file that cannot be used */
export async function openPictureMetrics(
  files: MetricFiles,
  items: readonly TruePicture[],
  fields: SceneLabels['fields'] | undefined,
): Promise<PictureMetrics> {
  await using stack = new AsyncDisposableStack();
  const encoders = [
    ...(files.clip === undefined ? [] : [stack.use(await openClipEncoder(files.clip))]),
    ...(files.lite0 === undefined ? [] : [stack.use(await openLite0Encoder(files.lite0))]),
    ...(files.metric === undefined ? [] : [stack.use(await openSceneEncoder(files.metric))]),
  ];
  const distances = [
    ...(files.alexnet === undefined ? [] : [stack.use(await openLpips(files.alexnet))]),
    ...(files.lite0 === undefined ? [] : [stack.use(await openEpsLite0(files.lite0))]),
  ];
  const oracle =
    files.oracle === undefined || fields === undefined ? undefined : stack.use(await openOracle(files.oracle, fields));
  const galleries = encoders.map((encoder) => createGallery(encoder, items));

  const owned = stack.move();
  return {
    metrics: [
      ...encoders.flatMap((encoder) => encoderMetrics(encoder, Math.min(galleryItems, items.length))),
      ...distances.map(({ name, digest }) => mean(name, 'lower', `perceptual distance, ${weights(digest)}`)),
      ...(oracle ? attributeMetrics(oracle) : []),
      ...(oracle ? factMetrics(oracle, items) : []),
    ],
    measure: async (made, index) => {
      const { truthFile, labels, told } = items[index]!;
      const values: Record<string, number> = {};
      for (const { shortName, similarities } of galleries) {
        const found = await similarities(made, index);
        values[`${shortName} similarity`] = found[0]!;
        const rank = rankOf(found, 0);
        for (const k of recallPlaces) values[`${shortName} R@${k}`] = recallAt(k, [rank]);
      }
      if (distances.length > 0) {
        const truth = await readPicture(truthFile);
        for (const distance of distances) values[distance.name] = await distance.between(made, truth);
      }
      if (oracle && fields && labels) {
        const answers = await oracle.read(made);
        const scores = scoreAttributes(fields, labels, answers);
        for (const name of attributeNames) {
          values[`${name} right`] = scores[name].numerator;
          values[`${name} asked`] = scores[name].denominator;
        }
        for (const [where, share] of told ? Object.entries(scoreFacts(told, labels, answers)) : []) {
          if (share.denominator === 0) continue; // an item without such facts has no such figure
          values[`${where} right`] = share.numerator;
          values[`${where} asked`] = share.denominator;
        }
      }
      return values;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface Gallery {
  /** Of its encoder. */
  readonly shortName: string;
  /** To the true picture first, then to those of the items after it. */
  readonly similarities: (made: Picture, index: number) => Promise<Float32Array>;
}

/** True pictures are embedded once, when first needed. */
function createGallery(encoder: ImageEncoder, items: readonly TruePicture[]): Gallery {
  const known = new Map<string, Float32Array>();
  const embedTruth = async ({ truthFile }: TruePicture): Promise<Float32Array> => {
    const features = known.get(truthFile) ?? (await encoder.embed(await readPicture(truthFile)));
    known.set(truthFile, features);
    return features;
  };
  return {
    shortName: encoder.shortName,
    similarities: async (made, index) => {
      const features = await encoder.embed(made);
      const all = Array.from(
        { length: Math.min(galleryItems, items.length) },
        (_, i) => items[(index + i) % items.length]!,
      );
      // the same picture again, under another story, is no other candidate
      const candidates = all.filter(({ truthFile }, i) => i === 0 || truthFile !== all[0]!.truthFile);
      const out = new Float32Array(candidates.length);
      for (const [i, candidate] of candidates.entries()) out[i] = cosine(features, await embedTruth(candidate));
      return out;
    },
  };
}

const weights = (digest: string): string => `weights ${digest.slice(0, 12)}`;

const encoderMetrics = ({ shortName, name, digest }: ImageEncoder, candidates: number): Metric[] => [
  mean(`${shortName} similarity`, 'higher', `cosine to the true picture's features of ${name}, ${weights(digest)}`),
  ...recallPlaces.map((k) =>
    mean(
      `${shortName} R@${k}`,
      'higher',
      `how often the true picture is among the ${k} most similar of ${candidates} by ${name}, ${weights(digest)}`,
    ),
  ),
];

export const mean = (name: string, better: Metric['better'], source: string): Metric => ({
  name,
  numerator: name,
  transform: 'none',
  better,
  source,
});

const attributeMetrics = ({ digest }: Oracle): Metric[] =>
  attributeNames.map((name) => ({
    name,
    numerator: `${name} right`,
    denominator: `${name} asked`,
    transform: 'none',
    better: 'higher',
    source: `share of ${name === 'all' ? 'pictures with every field' : 'the fields asked'} that the pixel oracle reads right, ${weights(digest)}`,
  }));

/** Of the facts of stories that are marked by where those stand; a standing that no item has is no figure. */
const factMetrics = ({ digest }: Oracle, items: readonly TruePicture[]): Metric[] =>
  Object.entries(factNames)
    .filter(([where]) => items.some(({ told }) => told?.some((found) => found === where)))
    .map(([where, name]) => ({
      name,
      numerator: `${where} right`,
      denominator: `${where} asked`,
      transform: 'none',
      better: 'higher',
      source: `share of the facts ${name} that the pixel oracle reads right, ${weights(digest)}`,
    }));
