// Tells the dialogue model what an item says and shows, and hears its answer. Must never load what no condition asks for: both
// language models, and the image encoder, come when they are wanted.
import type { PromptPart } from '../../core/function-contract.ts';
import type { ModelPackage } from '../../functions/engine/model-package.ts';
import { readPicture, type PictureFolder } from '../pictures/picture.ts';
import type { PromptPiece } from '../sets/prompts.ts';
import { openGill, type Answer } from './gill.ts';
import { makeRandomLanguageModel } from './random-language-model.ts';
import { openSee, type See } from './see.ts';
import type { Spoken } from './speak.ts';

/** Controls. `blank`: every picture told is grey; `random`: a language model that has learned nothing is told. */
export type Twist = 'blank' | 'random' | undefined;

export interface Teller extends AsyncDisposable {
  /** What telling so takes; must come before. */
  readonly load: (twist: Twist) => Promise<void>;
  /** Times count from before the pictures are seen. */
  readonly tell: (pieces: readonly PromptPiece[], twist: Twist, seed: bigint, signal: AbortSignal) => Promise<Spoken>;
}

const grey = 127;

/** @param pictures of the pieces, by their names */
export function createTeller(model: ModelPackage, pictures: PictureFolder): Teller {
  const stack = new AsyncDisposableStack();
  const { width, height } = model.manifest.picture;
  let own: Answer | undefined;
  let random: Answer | undefined;
  let see: See | undefined;

  async function toPart(piece: PromptPiece, isBlank: boolean, signal: AbortSignal): Promise<PromptPart> {
    if (piece.kind === 'text') return piece;
    const picture = isBlank
      ? { width, height, rgb: new Uint8Array(width * height * 3).fill(grey) }
      : await readPicture(pictures.get(piece.imageId)!);
    return { kind: 'image', produced: false, rows: (await see!(picture, signal)).rows };
  }

  return {
    load: async (twist) => {
      if (model.manifest.gill?.vision !== undefined) see ??= stack.use(await openSee(model)).see;
      if (twist !== 'random') {
        own ??= stack.use(await openGill(model)).answer;
      } else if (!random) {
        const other = stack.use(await makeRandomLanguageModel(model));
        random = stack.use(await openGill(other.model, other.cacheFolder)).answer;
      }
    },
    tell: async (pieces, twist, seed, signal) => {
      const startedAt = performance.now();
      const parts: PromptPart[] = [];
      for (const piece of pieces) parts.push(await toPart(piece, twist === 'blank', signal));
      const seenMs = performance.now() - startedAt;
      const spoken = await (twist === 'random' ? random! : own!)(parts, seed, signal);
      const since = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : seenMs + ms);
      return { ...spoken, firstTokenMs: since(spoken.firstTokenMs), imageMs: since(spoken.imageMs) };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
