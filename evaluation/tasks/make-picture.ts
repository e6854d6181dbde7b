// One picture by one condition. Must never give two conditions different noise.
import type { WireTensor } from '../../core/function-contract.ts';
import { floatToHalf, fromWire, halfToFloat, toWire } from '../../functions/engine/half.ts';
import type { ModelPackage } from '../../functions/engine/model-package.ts';
import type { Precision } from '../../functions/llm/decoder-graph.ts';
import type { Measured } from '../harness/task.ts';
import { noiseSeed, openDraw, type Drawing } from '../model/draw.ts';
import { findNearest, openPackagedGallery, type Gallery } from '../model/gallery.ts';
import { mappedOf, mapperLayout, queryOf } from '../model/gill.ts';
import { speedOf, timed } from '../model/stopwatch.ts';
import { openLongText } from '../model/long-text.ts';
import { createTeller, type Telling } from '../model/teller.ts';
import { openPixelMini } from '../model/pixel-mini.ts';
import { openTextWindow } from '../model/text-window.ts';
import { readPicture, type Picture } from '../pictures/picture.ts';
import { itemOf, type PictureSet } from '../sets/picture-sets.ts';
import { promptText } from '../sets/prompts.ts';
import { showsPictures, type ExtraFiles, type MadeCondition } from './picture-conditions.ts';

export type MadePicture = Measured & { readonly picture: Picture };

export interface PictureMaker extends AsyncDisposable {
  readonly drawing: Drawing;
  /** Ids that the text encoder reads. */
  readonly textWindow: number;
  /** The long text encoder's weights and window, where there is one. */
  readonly longText: string | undefined;
  /** The mini after GLIDE's weights, steps and guidance, where there is one. */
  readonly pixelMini: string | undefined;
  /** Loads what the condition needs; must come before its first picture. */
  readonly prepare: (condition: MadeCondition, signal: AbortSignal) => Promise<void>;
  readonly make: (condition: MadeCondition, index: number, seed: number, signal: AbortSignal) => Promise<MadePicture>;
}

/** Items, from the first, over which what the mapper says is averaged: their number must not depend on how many are measured. */
const meanItems = 64;

/** @param wanted in place of the package's defaults @throws {AppError} MODEL_UNAVAILABLE when the package does not load */
export async function openPictureMaker(
  model: ModelPackage,
  { items, pictures }: PictureSet,
  wanted: Partial<Drawing>,
  extra: ExtraFiles,
  precision: Precision,
): Promise<PictureMaker> {
  await using stack = new AsyncDisposableStack();
  const window = await openTextWindow(model);
  const { draw, drawing } = stack.use(await openDraw(model, wanted));
  const teller = stack.use(createTeller(model, pictures, precision));
  const { longTower, pixelMini } = extra;
  const longText = longTower === undefined ? undefined : stack.use(await openLongText(model, longTower));
  const mini = pixelMini === undefined ? undefined : stack.use(await openPixelMini(model, pixelMini));
  const toMap: Telling = { layout: mapperLayout(model) };
  const toFind: Telling = { layout: 'served' };
  let gallery: Gallery | undefined;
  /** By setting. */
  const means = new Map<string, WireTensor>();

  async function meanOf(setting: string, signal: AbortSignal): Promise<WireTensor> {
    const mapped: WireTensor[] = [];
    for (const [index, { prompts }] of items.slice(0, meanItems).entries())
      mapped.push(mappedOf(await teller.tell(prompts[setting]!, toMap, noiseSeed(index, 0), signal)).tensor);
    return averageOf(mapped);
  }

  const owned = stack.move();
  return {
    drawing,
    textWindow: window.maxIds,
    longText: longText && `${longText.digest.slice(0, 12)}, ${longText.window.maxIds} ids`,
    pixelMini: mini?.identity,
    prepare: async (condition, signal) => {
      const sees = showsPictures(items[0]!.prompts[condition.setting]!);
      switch (condition.kind) {
        case 'text':
        case 'long':
        case 'mini':
          return;
        case 'found':
          gallery ??= await openPackagedGallery(model);
          return teller.load(toFind, sees);
        case 'gill':
          await teller.load(condition.but === 'mean' ? toMap : { ...toMap, but: condition.but }, sees);
          if (condition.but === 'mean') means.set(condition.setting, await meanOf(condition.setting, signal));
      }
    },
    make: (condition, index, seed, signal) => {
      const { prompts } = itemOf(items, index, condition.of);
      const pieces = prompts[condition.setting]!;
      const noise = noiseSeed(index, seed);
      return timed(async (): Promise<MadePicture> => {
        switch (condition.kind) {
          case 'text': {
            const words = promptText(pieces);
            const kept = window.truncate(words, condition.truncation);
            const picture = await draw({ kind: 'TEXT', text: kept }, noise, signal);
            const cut = window.countIds(words) > window.maxIds ? 1 : 0;
            return { values: { cut }, picture, speed: speedOf(undefined, picture) };
          }
          case 'long': {
            const picture = await draw(await longText!.read(promptText(pieces)), noise, signal);
            return { values: {}, picture, speed: speedOf(undefined, picture) };
          }
          case 'mini': {
            const words = promptText(pieces);
            const startedAt = performance.now();
            const picture = await mini!.draw(window.truncate(words, 'left'), noise, signal);
            const values = { cut: window.countIds(words) > window.maxIds ? 1 : 0 };
            return { values, picture, speed: { firstPictureMs: performance.now() - startedAt } };
          }
          case 'gill': {
            if (condition.but === 'mean') {
              const picture = await draw({ kind: 'GILL', tensor: means.get(condition.setting)! }, noise, signal);
              return { values: {}, picture, speed: speedOf(undefined, picture) };
            }
            const spoken = await teller.tell(pieces, { ...toMap, but: condition.but }, noise, signal);
            const picture = await draw(mappedOf(spoken), noise, signal);
            return { values: {}, picture, said: spoken.text, speed: speedOf(spoken, picture) };
          }
          case 'found': {
            const spoken = await teller.tell(pieces, toFind, noise, signal);
            const picture = await readPicture(findNearest(queryOf(spoken), gallery!));
            return { values: {}, picture, said: spoken.text, speed: speedOf(spoken, undefined) };
          }
        }
      });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** @param tensors of one shape, one at least */
export function averageOf(tensors: readonly WireTensor[]): WireTensor {
  const all = tensors.map((tensor) => halfToFloat(fromWire(tensor)));
  const mean = all[0]!.map((_, i) => all.reduce((sum, values) => sum + values[i]!, 0) / all.length);
  return toWire(tensors[0]!.shape, floatToHalf(mean));
}
