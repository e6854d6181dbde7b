// Fréchet distance of two folders of pictures. Must never be called FID unless it is over the features of FID's own Inception.
import { frechetDistance } from '../metrics/frechet.ts';
import { openInceptionEncoder, openLite0Encoder } from '../metrics/open-metrics.ts';
import type { ImageEncoder } from '../metrics/similarity.ts';
import { openPictureFolder, readPicture } from '../pictures/picture.ts';

/** Weights of the network whose features are compared. */
interface FeatureFile {
  readonly of: 'inception' | 'lite0';
  readonly file: string;
}

/** One line with the distance, the encoder and the counts. @throws the signal's reason */
export async function describeFrechet(
  trueFolder: string,
  drawnFolder: string,
  features: FeatureFile,
  signal: AbortSignal,
): Promise<string> {
  const isFid = features.of === 'inception';
  await using encoder = await (isFid ? openInceptionEncoder(features.file) : openLite0Encoder(features.file));
  const first = await embedFolder(encoder, trueFolder, signal);
  const second = await embedFolder(encoder, drawnFolder, signal);
  const distance = frechetDistance(first, second).toFixed(3);
  return (
    `${isFid ? 'FID' : 'Fréchet distance'} ${distance} between ${first.length} and ${second.length} pictures by ${encoder.name}, ` +
    `${first[0]!.length} numbers, weights ${encoder.digest.slice(0, 12)}`
  );
}

async function embedFolder(encoder: ImageEncoder, folder: string, signal: AbortSignal): Promise<Float32Array[]> {
  const features: Float32Array[] = [];
  for (const file of (await openPictureFolder(folder)).values()) {
    signal.throwIfAborted();
    features.push(await encoder.embed(await readPicture(file)));
  }
  return features;
}
