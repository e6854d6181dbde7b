// Cosine similarity of two feature vectors, and who makes the features. Must never be told without the encoder's name:
// a similarity means nothing apart from the network that gave it.
import { AppError } from '../../core/app-error.ts';
import type { Picture } from '../pictures/picture.ts';

/** A network from pictures to vectors. With CLIP ViT-L/14's projected features the mean cosine is "CLIP similarity". */
export interface ImageEncoder extends AsyncDisposable {
  /** As columns of a report tell it. */
  readonly shortName: string;
  readonly name: string;
  /** sha256 of its weights. */
  readonly digest: string;
  readonly embed: (picture: Picture) => Promise<Float32Array>;
}

/** 1 for vectors of one direction, whatever their lengths. @throws {AppError} INVALID for unequal or zero lengths */
export function cosine(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new AppError('INVALID', `features of ${a.length} and ${b.length} numbers`);
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
  }
  if (aa === 0 || bb === 0) throw new AppError('INVALID', 'features of length zero have no direction');
  return dot / Math.sqrt(aa * bb);
}
