// What the package's image encoder makes of a picture, as the server asks it. Must never change what is shown but for its size.
import sharp from 'sharp';
import { AppError } from '../../core/app-error.ts';
import { contractVersion, type WireTensor } from '../../core/function-contract.ts';
import type { ModelPackage } from '../../functions/engine/model-package.ts';
import { openVisionFunction } from '../../functions/vision/vision-function.ts';
import type { Picture } from '../pictures/picture.ts';
import { untilReady } from './until-ready.ts';

export interface Seen {
  /** What stands for the picture in a prompt, shape (k, H). */
  readonly rows: WireTensor;
  /** What a gallery finds it by; undefined: the package has no such head. */
  readonly embedding: WireTensor | undefined;
}

export type See = (picture: Picture, signal: AbortSignal) => Promise<Seen>;

/** Loads the package's vision function. @throws {AppError} MODEL_UNAVAILABLE when it does not load */
export async function openSee({ folder, manifest }: ModelPackage): Promise<AsyncDisposable & { readonly see: See }> {
  const { width, height } = manifest.picture;
  const vision = await untilReady(openVisionFunction({ modelFolder: folder }));
  return {
    see: async (picture, signal) => {
      let seen: Seen | undefined;
      const rgb = (await fill(picture, width, height)).toString('base64');
      await vision.run(
        { contract: contractVersion, picture: { width, height, rgb } },
        (event) => {
          if (event.type === 'error') throw new AppError(event.code, event.message);
          if (event.type === 'seen') seen = { rows: event.rows, embedding: event.embedding };
        },
        signal,
      );
      if (!seen) throw new AppError('INTERNAL', 'the vision function ended without an answer');
      return seen;
    },
    [Symbol.asyncDispose]: () => vision[Symbol.asyncDispose](),
  };
}

/** As the server does: the middle of a picture of another shape. */
const fill = ({ rgb, ...from }: Picture, width: number, height: number): Promise<Buffer> =>
  sharp(rgb, { raw: { ...from, channels: 3 } })
    .resize(width, height, { fit: 'cover' })
    .raw()
    .toBuffer();
