// What a text encoder with a limited window sees of a long text: its first words, or its last ones. Must never cut inside
// a word.
import type { ModelPackage } from '../../functions/engine/model-package.ts';
import { readSafetensors } from '../../functions/engine/safetensors.ts';
import { openWordTokenizer } from '../../functions/diffusion/word-tokenizer.ts';

/** Which end is kept is said by which is cut: `right` keeps the beginning, as CLIP's tokenizer does by itself. */
export type Truncation = 'right' | 'left';

export interface TextWindow {
  /** Positions of the text encoder. */
  readonly maxIds: number;
  readonly countIds: (text: string) => number;
  readonly truncate: (text: string, side: Truncation) => string;
}

export async function openTextWindow(model: ModelPackage): Promise<TextWindow> {
  const encode = await openWordTokenizer(model);
  const tower = await readSafetensors(model.file(model.manifest.picture.textTower));
  const maxIds = tower.get('p')?.shape[0] ?? 0;
  return createTextWindow((text) => encode(text).length, maxIds);
}

export function createTextWindow(countIds: (text: string) => number, maxIds: number): TextWindow {
  return {
    maxIds,
    countIds,
    truncate: (text, side) => {
      if (countIds(text) <= maxIds) return text; // its line breaks too
      const words = text.split(/\s+/).filter((word) => word !== '');
      // fewer words never take more ids, so the longest run that fits is found by halving
      let [fits, tooMany] = [0, words.length + 1];
      const kept = (count: number): string =>
        (side === 'right' ? words.slice(0, count) : words.slice(words.length - count)).join(' ');
      while (tooMany - fits > 1) {
        const middle = (fits + tooMany) >> 1;
        if (countIds(kept(middle)) <= maxIds) fits = middle;
        else tooMany = middle;
      }
      return kept(fits);
    },
  };
}
