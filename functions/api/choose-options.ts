// From what the viewer set to the options of a reply: checked, and every default filled in from the model's card, so that
// what is stored is everything needed to make the reply again.
import { randomBytes } from 'node:crypto';
import type { ModelCard } from '../../core/function-contract.ts';
import { limits } from '../../core/limits.ts';
import {
  defaultSampling,
  toTakes,
  type ImageOptions,
  type Recipe,
  type ReplyOptions,
} from '../../core/reply-options.ts';
import type {
  ImageOptions as ImageOptionsInput,
  ReplyOptions as ReplyOptionsInput,
} from '../../schema/generated/resolver-types.ts';
import { conditioningsOf, imagePoliciesOf } from './picture-choices.ts';
import { checkRange, checkSeed, checkText, first, type InputError } from './check-input.ts';

/** Before any worker has ever reported, the bundled package's values stand in. */
const storybook = { sampler: 'flow-euler', steps: 12, guidance: 3, width: 192, height: 192 };

export type ChosenOptions =
  { readonly kind: 'chosen'; readonly options: ReplyOptions } | { readonly kind: 'wrong'; readonly error: InputError };

/**
 * @param hasWords a picture is drawn from the words of the message it answers
 * @param again another answer than one that has a picture, so with other noise too
 */
export function chooseOptions(
  given: ReplyOptionsInput | null | undefined,
  card: ModelCard | undefined,
  { hasWords, again }: { readonly hasWords: boolean; readonly again: boolean },
): ChosenOptions {
  const error = checkOptions(given, card) ?? checkWords(given, card, hasWords);
  if (error) return { kind: 'wrong', error };
  const size = card?.imageSizes[0] ?? storybook;
  const image = given?.image;
  return {
    kind: 'chosen',
    options: {
      maxTokens: given?.maxTokens ?? limits.defaultReplyTokens,
      temperature: given?.temperature ?? defaultSampling.temperature,
      topP: given?.topP ?? defaultSampling.topP,
      repetitionPenalty: defaultSampling.repetitionPenalty,
      seed: given?.seed ?? randomSeed(),
      images: given?.images ?? (hasWords || drawsWithoutWords(given, card) ? imagePoliciesOf(card)[0]! : 'NEVER'),
      ...(given?.imageBias ? { imageBias: given.imageBias } : {}),
      image: {
        takes: image?.takes ?? 1,
        ...(again || typeof image?.seed === 'string' ? { ownNoise: true } : {}),
        ...(image?.conditioning ? { conditioning: image.conditioning } : {}),
        ...fillIn(image, {
          sampler: card?.samplers[0] ?? storybook.sampler,
          steps: card?.defaultSteps ?? storybook.steps,
          guidance: card?.defaultGuidance ?? storybook.guidance,
          width: size.width,
          height: size.height,
        }),
      },
    },
  };
}

/** What is not given is `otherwise`, and the seed another one. */
function fillIn(given: ImageOptionsInput | null | undefined, otherwise: Omit<ImageOptions, 'seed'>): ImageOptions {
  return {
    sampler: given?.sampler ?? otherwise.sampler,
    steps: given?.steps ?? otherwise.steps,
    guidance: given?.guidance ?? otherwise.guidance,
    seed: given?.seed ?? randomSeed(),
    width: given?.width ?? otherwise.width,
    height: given?.height ?? otherwise.height,
  };
}

export interface Redraw {
  readonly strength?: number | null | undefined;
  readonly wish?: string | null | undefined;
  readonly options?: ImageOptionsInput | null | undefined;
}

/** One recipe a take, from the recipe of the picture that is drawn again; with a strength, from its latent as well. */
export function chooseRecipes(
  { wish, strength, options }: Redraw,
  card: ModelCard | undefined,
  { id, recipe: old }: { readonly id: string; readonly recipe: Recipe },
): { readonly kind: 'chosen'; readonly recipes: readonly Recipe[] } | Extract<ChosenOptions, { kind: 'wrong' }> {
  const error = first([
    wish === null || wish === undefined ? undefined : checkText(wish, limits.maxTextCodePoints, ['wish']),
    checkStrength(strength, card),
    checkImageOptions(options, card, ['options']),
    checkRedrawn(wish, options, old, card),
  ]);
  if (error) return { kind: 'wrong', error };
  const kept = isMappedHere(old, card) ? 'GILL' : 'TEXT';
  const conditioning = typeof wish === 'string' ? 'TEXT' : (options?.conditioning ?? kept);
  const parent = typeof strength === 'number' ? { imageId: id, guidance: strength } : undefined;
  const recipe: Recipe = {
    conditioning,
    words: wish?.trim() ?? old.words,
    ...(parent && { parent }),
    ...fillIn(options, { ...old, ...sizeNow(old, card), sampler: samplerNow(old, card) }),
  };
  return { kind: 'chosen', recipes: toTakes(recipe, options?.takes ?? 1) };
}

/** Whether what was mapped for it means the same to the denoiser that would draw it again. */
function isMappedHere({ conditioning, modelDigest }: Recipe, card: ModelCard | undefined): boolean {
  return conditioning === 'GILL' && (card === undefined || modelDigest === card.modelDigest);
}

/** Its own sampler, unless another model package drew it and this one has no such sampler. */
function samplerNow({ sampler }: Recipe, card: ModelCard | undefined): string {
  return card && !card.samplers.includes(sampler) ? card.samplers[0]! : sampler;
}

/** Its own size, unless another model package drew it and this one has no such size. */
function sizeNow({ width, height }: Recipe, card: ModelCard | undefined): { width: number; height: number } {
  const sizes = card?.imageSizes ?? [];
  return sizes.find((size) => size.width === width && size.height === height) ?? sizes[0] ?? { width, height };
}

function checkStrength(strength: number | null | undefined, card: ModelCard | undefined): InputError | undefined {
  if (strength === null || strength === undefined) return undefined;
  if (card?.defaultParentGuidance === undefined)
    return {
      code: 'INVALID',
      message: 'this model draws from words alone: leave out strength, and the picture is drawn anew',
      path: ['strength'],
    };
  return checkRange(strength, { min: 0, max: limits.maxStrength }, ['strength']);
}

/** What was mapped is kept with its picture; other words were never mapped, and what has no words cannot be encoded. */
function checkRedrawn(
  wish: Redraw['wish'],
  options: Redraw['options'],
  old: Recipe,
  card: ModelCard | undefined,
): InputError | undefined {
  const path = ['options', 'conditioning'];
  const isNew = typeof wish === 'string';
  const isMapped = isMappedHere(old, card);
  if (options?.conditioning === 'GILL' && (isNew || !isMapped)) {
    const why = isNew
      ? 'a wish of its own was never read in the dialogue'
      : old.conditioning === 'GILL'
        ? 'what was mapped for this picture belongs to another model'
        : 'this picture was drawn from its words alone';
    return { code: 'INVALID', message: `${why}: leave conditioning out, or set it to TEXT`, path };
  }
  if ((options?.conditioning === 'TEXT' || !isMapped) && !isNew && old.words === '')
    return { code: 'INVALID', message: 'this picture has no words to draw from: give a wish', path };
  return undefined;
}

function checkOptions(
  given: ReplyOptionsInput | null | undefined,
  card: ModelCard | undefined,
): InputError | undefined {
  const at = (...path: string[]): string[] => ['options', ...path];
  return first([
    checkRange(given?.maxTokens, { min: 1, max: limits.maxReplyTokens }, at('maxTokens')),
    checkRange(given?.temperature, { min: 0, max: limits.maxTemperature }, at('temperature')),
    checkRange(given?.topP, { min: 0, max: 1, above: true }, at('topP')),
    checkSeed(given?.seed, at('seed')),
    checkRange(given?.imageBias, { min: -limits.maxImageBias, max: limits.maxImageBias }, at('imageBias')),
    checkOneOf(given?.images, imagePoliciesOf(card), at('images')),
    checkOneOf(given?.image?.conditioning, conditioningsOf(card), at('image', 'conditioning')),
    checkImageOptions(given?.image, card, at('image')),
  ]);
}

function checkImageOptions(
  image: ImageOptionsInput | null | undefined,
  card: ModelCard | undefined,
  path: readonly string[],
): InputError | undefined {
  const at = (field: string): string[] => [...path, field];
  return first([
    checkRange(image?.steps, { min: 1, max: limits.maxSteps }, at('steps')),
    checkRange(image?.guidance, { min: limits.minGuidance, max: limits.maxGuidance }, at('guidance')),
    checkSeed(image?.seed, at('seed')),
    checkSampler(image?.sampler, card?.samplers ?? [storybook.sampler], at('sampler')),
    checkSize(image?.width, image?.height, card?.imageSizes ?? [storybook], at('width')),
    checkRange(image?.takes, { min: 1, max: limits.maxTakes }, at('takes')),
  ]);
}

/** Of a message without words: whether a picture can be drawn all the same, since what is drawn from is mapped. */
const drawsWithoutWords = (given: ReplyOptionsInput | null | undefined, card: ModelCard | undefined): boolean =>
  (given?.image?.conditioning ?? conditioningsOf(card)[0]) === 'GILL';

function checkWords(
  given: ReplyOptionsInput | null | undefined,
  card: ModelCard | undefined,
  hasWords: boolean,
): InputError | undefined {
  const images = given?.images ?? 'NEVER';
  if (hasWords || images === 'NEVER' || drawsWithoutWords(given, card)) return undefined;
  return {
    code: 'INVALID',
    message:
      'a picture is drawn from the words of the message, and it has none: add a text part, or set images to NEVER',
    path: ['options', 'images'],
  };
}

function checkOneOf<T extends string>(
  value: T | null | undefined,
  allowed: readonly T[],
  path: readonly string[],
): InputError | undefined {
  if (value === null || value === undefined || allowed.includes(value)) return undefined;
  const message = `${path.at(-1) ?? 'the value'} is ${value}, but this deployment's model takes ${allowed.join(' or ')}`;
  return { code: 'INVALID', message, path };
}

function checkSampler(
  value: string | null | undefined,
  allowed: readonly string[],
  path: readonly string[],
): InputError | undefined {
  if (value === null || value === undefined || allowed.includes(value)) return undefined;
  return {
    code: 'INVALID',
    message: `"${value.slice(0, 40)}" is not a sampler of this model: use one of ${allowed.join(', ')}`,
    path,
  };
}

function checkSize(
  width: number | null | undefined,
  height: number | null | undefined,
  allowed: readonly { readonly width: number; readonly height: number }[],
  path: readonly string[],
): InputError | undefined {
  if ((width ?? undefined) === undefined && (height ?? undefined) === undefined) return undefined;
  if (allowed.some((size) => size.width === width && size.height === height)) return undefined;
  const sizes = allowed.map((size) => `${size.width}×${size.height}`).join(', ');
  return {
    code: 'INVALID',
    message: `a picture of ${width ?? '?'}×${height ?? '?'} cannot be drawn: set width and height to one of ${sizes}`,
    path,
  };
}

const randomSeed = (): string => randomBytes(8).readBigUInt64LE().toString();
