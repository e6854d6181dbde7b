// What a picture may be asked for, by the contract's ranges and the package's own. Must never change an input: a value
// outside is told, with the limit it broke.
import type { DiffusionInput, ParentPicture } from '../../core/function-contract.ts';
import { limits } from '../../core/limits.ts';
import type { PictureManifest } from '../engine/model-package.ts';

const maxSteps = 100;
const maxPreviews = 4;
const maxSeed = 2n ** 64n - 1n;

/** @returns a sentence naming the first value that does not fit and its limit, or undefined */
export function checkPictureInput(input: DiffusionInput, picture: PictureManifest): string | undefined {
  const { sampler, steps, guidance, seed, width, height, previews, conditioning, parent } = input;
  if (!picture.samplers.includes(sampler))
    return `sampler is "${sampler.slice(0, 40)}", but this model has ${picture.samplers.join(', ')}`;
  if (width !== picture.width || height !== picture.height)
    return `the size is ${width} × ${height}, but this model draws ${picture.width} × ${picture.height} only`;
  if (!isWhole(steps, 1, maxSteps)) return `steps is ${steps}, but must be a whole number from 1 to ${maxSteps}`;
  if (!(guidance >= limits.minGuidance && guidance <= limits.maxGuidance))
    return `guidance is ${guidance}, but must be from ${limits.minGuidance} to ${limits.maxGuidance}`;
  if (!isWhole(previews, 0, maxPreviews))
    return `previews is ${previews}, but must be a whole number from 0 to ${maxPreviews}`;
  if (!/^\d{1,20}$/.test(seed) || BigInt(seed) > maxSeed)
    return `seed is "${seed.slice(0, 40)}", but must be a whole number from 0 to ${maxSeed.toString()}, in decimal`;
  if (conditioning.kind === 'GILL' && conditioning.tensor.shape.join() !== picture.conditioning.join()) {
    const [given, wanted] = [conditioning.tensor.shape, picture.conditioning].map((shape) => shape.join(', '));
    return `the conditioning has shape (${given!}), but this model takes (${wanted!})`;
  }
  return parent && checkParent(parent, picture);
}

function checkParent(parent: ParentPicture, picture: PictureManifest): string | undefined {
  if (picture.parentGuidance === undefined) return 'this model draws from no other picture: leave out parent';
  if (!(parent.guidance >= 0 && parent.guidance <= limits.maxStrength))
    return `parent.guidance is ${parent.guidance}, but must be from 0 to ${limits.maxStrength}`;
  if ('latent' in parent) {
    if (parent.latent.shape.join() === picture.latent.join()) return undefined;
    const [given, wanted] = [parent.latent.shape, picture.latent].map((shape) => shape.join(', '));
    return `the parent's latent has shape (${given!}), but this model's have (${wanted!})`;
  }
  const { width, height, rgb } = parent.pixels;
  if (width !== picture.width || height !== picture.height)
    return `the parent is ${width} × ${height} pixels, but this model reads ${picture.width} × ${picture.height} only`;
  const [bytes, expected] = [Buffer.byteLength(rgb, 'base64'), width * height * 3];
  return bytes === expected ? undefined : `the parent's pixels take ${expected} bytes, but ${bytes} came`;
}

const isWhole = (value: number, min: number, max: number): boolean =>
  Number.isInteger(value) && value >= min && value <= max;
