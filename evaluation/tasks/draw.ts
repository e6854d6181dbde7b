// One picture from the picture function, as the server draws it. Must never go on drawing after the signal has fired.
import { setTimeout } from 'node:timers/promises';
import { AppError } from '../../core/app-error.ts';
import {
  contractVersion,
  type DiffusionFunction,
  type DiffusionInput,
  type ParentPicture,
  type WireTensor,
} from '../../core/function-contract.ts';
import { openPictureFunction } from '../../functions/diffusion/picture-function.ts';
import type { PictureManifest } from '../../functions/engine/model-package.ts';
import type { Picture } from '../pictures/picture.ts';

export interface Drawing {
  readonly sampler: string;
  readonly steps: number;
  readonly guidance: number;
}

/** With its final latent, from which others can be drawn. */
export type DrawnPicture = Picture & { readonly latent: WireTensor };

export type Draw = (
  conditioning: DiffusionInput['conditioning'],
  seed: bigint,
  signal: AbortSignal,
  parent?: ParentPicture,
) => Promise<DrawnPicture>;

const pollMs = 50;

/** Loads the package's picture function. @throws {AppError} MODEL_UNAVAILABLE when it does not load */
export async function openDraw(
  modelFolder: string,
  manifest: PictureManifest,
  drawing: Drawing,
): Promise<AsyncDisposable & { readonly draw: Draw }> {
  const picture = openPictureFunction({ modelFolder, slots: 1 });
  await untilReady(picture);
  return {
    draw: async (conditioning, seed, signal, parent) => {
      let drawn: DrawnPicture | undefined;
      const input: DiffusionInput = {
        contract: contractVersion,
        conditioning,
        ...(parent && { parent }),
        ...drawing,
        seed: seed.toString(),
        width: manifest.width,
        height: manifest.height,
        previews: 0,
      };
      await picture.run(
        input,
        (event) => {
          if (event.type === 'error') throw new AppError(event.code, event.message);
          if (event.type !== 'pixels') return;
          const { width, height, rgb, latent } = event;
          drawn = { width, height, rgb: new Uint8Array(Buffer.from(rgb, 'base64')), latent };
        },
        signal,
      );
      if (!drawn) throw new AppError('INTERNAL', 'the picture function ended without a picture');
      return drawn;
    },
    [Symbol.asyncDispose]: () => picture[Symbol.asyncDispose](),
  };
}

async function untilReady(picture: DiffusionFunction): Promise<void> {
  for (;;) {
    const health = picture.health();
    if (health.state === 'ready') return;
    if (health.state === 'failed') {
      await picture[Symbol.asyncDispose]();
      throw new AppError('MODEL_UNAVAILABLE', health.message);
    }
    await setTimeout(pollMs); // the function tells its state only when asked
  }
}

/** The same noise for an item and a seed under every condition, so that comparisons are paired. */
export const noiseSeed = (index: number, seed: number): bigint => (BigInt(seed) << 32n) | BigInt(index);
