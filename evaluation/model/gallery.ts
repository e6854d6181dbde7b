// Pictures and the vectors that a dialogue finds them by, as FROMAGe finds them (Koh et al. 2023): the reply's query against what the
// image encoder made of each. Must never look at what is said of a picture.
import type { WireTensor } from '../../core/function-contract.ts';
import { fromWire, halfToFloat } from '../../functions/engine/half.ts';
import type { ModelPackage } from '../../functions/engine/model-package.ts';
import { readGallery } from '../../functions/engine/packaged-gallery.ts';

export interface Gallery {
  /** Files of the pictures. */
  readonly files: readonly string[];
  /** As many, of unit length. */
  readonly embeddings: readonly Float32Array[];
}

/** The one that comes with the package. @throws {AppError} MODEL_UNAVAILABLE naming the file that is wrong */
export async function openPackagedGallery(model: ModelPackage): Promise<Gallery> {
  const pictures = await readGallery(model);
  return {
    files: pictures.map(({ path }) => path),
    embeddings: pictures.map(({ embedding }) => toVector(Buffer.from(embedding, 'base64'))),
  };
}

/** @param query of unit length as well @returns cosines, one a picture */
export function similaritiesTo(query: WireTensor, { embeddings }: Pick<Gallery, 'embeddings'>): Float32Array {
  const asked = halfToFloat(fromWire(query));
  return Float32Array.from(embeddings, (own) => asked.reduce((sum, x, i) => sum + x * own[i]!, 0));
}

/** The file of the picture that fits best. */
export function findNearest(query: WireTensor, gallery: Gallery): string {
  const found = similaritiesTo(query, gallery);
  return gallery.files[found.indexOf(Math.max(...found))]!;
}

const toVector = (halves: Buffer): Float32Array => halfToFloat(new Uint16Array(Uint8Array.from(halves).buffer));
