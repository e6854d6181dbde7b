// Fréchet distance of two folders of pictures. Must never be called FID: that is over Inception's features, and this is
// over EfficientNet-Lite0's.
import { frechetDistance } from '../metrics/frechet.ts';
import { openLite0Encoder } from '../metrics/open-metrics.ts';
import type { ImageEncoder } from '../metrics/similarity.ts';
import { openPictureFolder, readPicture } from '../pictures/picture.ts';

/** One line with the distance, the encoder and the counts. @throws the signal's reason */
export async function describeFrechet(
  trueFolder: string,
  drawnFolder: string,
  lite0File: string,
  signal: AbortSignal,
): Promise<string> {
  await using encoder = await openLite0Encoder(lite0File);
  const first = await embedFolder(encoder, trueFolder, signal);
  const second = await embedFolder(encoder, drawnFolder, signal);
  const distance = frechetDistance(first, second).toFixed(3);
  return (
    `Fréchet distance ${distance} between ${first.length} and ${second.length} pictures by ${encoder.name}, ` +
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
