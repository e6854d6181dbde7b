// One picture from the picture function, as the server draws it. Must never go on drawing after the signal has fired.
import { AppError } from '../../core/app-error.ts';
import {
  contractVersion,
  type DiffusionInput,
  type ParentPicture,
  type WireTensor,
} from '../../core/function-contract.ts';
import { openPictureFunction } from '../../functions/diffusion/picture-function.ts';
import type { ModelPackage } from '../../functions/engine/model-package.ts';
import type { Picture } from '../pictures/picture.ts';
import { untilReady } from './until-ready.ts';

export interface Drawing {
  readonly sampler: string;
  readonly steps: number;
  readonly guidance: number;
}

/** With its final latent, from which others can be drawn. */
export type DrawnPicture = Picture & {
  readonly latent: WireTensor;
  /** What the denoiser was given. */
  readonly conditioning: WireTensor;
  /** From the call on. Fewer steps than previews may show none. */
  readonly firstPreviewMs: number | undefined;
  readonly pixelsMs: number;
};

export type Draw = (
  conditioning: DiffusionInput['conditioning'],
  seed: bigint,
  signal: AbortSignal,
  parent?: ParentPicture,
) => Promise<DrawnPicture>;

/** As many as the server asks for: their time belongs to a picture's. */
const previews = 4;

/**
 * Loads the package's picture function.
 * @param wanted in place of the package's defaults
 * @throws {AppError} MODEL_UNAVAILABLE when it does not load
 */
export async function openDraw(
  { folder, manifest: { picture } }: ModelPackage,
  wanted: Partial<Drawing>,
): Promise<AsyncDisposable & { readonly draw: Draw; readonly drawing: Drawing }> {
  const drawing: Drawing = {
    sampler: wanted.sampler ?? picture.samplers[0]!,
    steps: wanted.steps ?? picture.defaultSteps,
    guidance: wanted.guidance ?? picture.defaultGuidance,
  };
  const painter = await untilReady(openPictureFunction({ modelFolder: folder, slots: 1 }));
  return {
    drawing,
    draw: async (conditioning, seed, signal, parent) => {
      const startedAt = performance.now();
      let firstPreviewMs: number | undefined;
      let drawn: Omit<DrawnPicture, 'conditioning'> | undefined;
      let given: WireTensor | undefined;
      const input: DiffusionInput = {
        contract: contractVersion,
        conditioning,
        ...(parent && { parent }),
        ...drawing,
        seed: seed.toString(),
        width: picture.width,
        height: picture.height,
        previews,
      };
      await painter.run(
        input,
        (event) => {
          const sinceMs = performance.now() - startedAt;
          if (event.type === 'error') throw new AppError(event.code, event.message);
          if (event.type === 'preview') firstPreviewMs ??= sinceMs;
          if (event.type === 'conditioning') given = event.tensor;
          if (event.type !== 'pixels') return;
          const { width, height, rgb, latent } = event;
          const bytes = new Uint8Array(Buffer.from(rgb, 'base64'));
          drawn = { width, height, rgb: bytes, latent, firstPreviewMs, pixelsMs: sinceMs };
        },
        signal,
      );
      if (!drawn || !given) throw new AppError('INTERNAL', 'the picture function ended without a picture');
      return { ...drawn, conditioning: given };
    },
    [Symbol.asyncDispose]: () => painter[Symbol.asyncDispose](),
  };
}

/** The same noise for an item and a seed under every condition, so that comparisons are paired. */
export const noiseSeed = (index: number, seed: number): bigint => (BigInt(seed) << 32n) | BigInt(index);
