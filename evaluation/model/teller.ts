// Tells the dialogue model what an item says and shows, and hears its answer. Must never load what no condition asks for: both
// language models, and the image encoder, come when they are wanted.
import { AppError } from '../../core/app-error.ts';
import type { PromptPart } from '../../core/function-contract.ts';
import type { ModelPackage } from '../../functions/engine/model-package.ts';
import type { Precision } from '../../functions/llm/decoder-graph.ts';
import { greyPicture, readPicture, type PictureFolder } from '../pictures/picture.ts';
import type { PromptPiece } from '../sets/prompts.ts';
import { openGill, type Answer, type Layout, type Messages } from './gill.ts';
import { makeRandomLanguageModel, type RandomLanguageModel } from './random-language-model.ts';
import { openSee, type See } from './see.ts';
import type { Spoken } from './speak.ts';

export interface Telling {
  readonly layout: Layout;
  /**
   * Controls. `blank`: every picture told is grey; `random`: a language model that has learned nothing is told. `messages`: every piece
   * is a message of its own, and answered in the model's own words before the next.
   */
  readonly but?: 'blank' | 'random' | 'messages' | undefined;
}

export interface Teller extends AsyncDisposable {
  /** What telling so takes; must come before. @param sees whether there are pictures to be seen */
  readonly load: (how: Telling, sees: boolean) => Promise<void>;
  /** As pictures told are seen. */
  readonly see: See;
  /** Times count from before the pictures are seen. */
  readonly tell: (pieces: readonly PromptPiece[], how: Telling, seed: bigint, signal: AbortSignal) => Promise<Spoken>;
}

/** @param pictures of the pieces, by their names @param precision of the language model; default: int8, as it is served */
export function createTeller(model: ModelPackage, pictures: PictureFolder, precision?: Precision): Teller {
  const stack = new AsyncDisposableStack();
  const { width, height } = model.manifest.picture;
  const answers = new Map<string, Answer>();
  const keyOf = ({ layout, but }: Telling): string => `${layout} ${but === 'random'}`;
  let random: RandomLanguageModel | undefined;
  let opened: See | undefined;
  const see: See = (picture, signal) => {
    if (opened) return opened(picture, signal);
    throw new AppError('INTERNAL', 'a picture is to be seen, but the image encoder was not loaded');
  };

  async function open({ layout, but }: Telling): Promise<Answer> {
    if (but !== 'random') return stack.use(await openGill(model, layout, { precision })).answer;
    random ??= stack.use(await makeRandomLanguageModel(model));
    return stack.use(await openGill(random.model, layout, { cacheFolder: random.cacheFolder, precision })).answer;
  }

  async function toPart(piece: PromptPiece, isBlank: boolean, signal: AbortSignal): Promise<PromptPart> {
    if (piece.kind === 'text') return piece;
    const picture = isBlank ? greyPicture(width, height) : await readPicture(pictures.get(piece.imageId)!);
    return { kind: 'image', produced: false, rows: (await see(picture, signal)).rows };
  }

  return {
    see,
    load: async (how, sees) => {
      if (sees) opened ??= stack.use(await openSee(model)).see;
      const key = keyOf(how);
      answers.set(key, answers.get(key) ?? (await open(how)));
    },
    tell: async (pieces, how, seed, signal) => {
      const startedAt = performance.now();
      const parts: PromptPart[] = [];
      for (const piece of pieces) parts.push(await toPart(piece, how.but === 'blank', signal));
      const seenMs = performance.now() - startedAt;
      const messages: Messages = how.but === 'messages' ? [...parts.slice(0, -1).map((part) => [part]), parts.slice(-1)] : [parts]; // prettier-ignore
      const spoken = await answers.get(keyOf(how))!(messages, seed, signal);
      const since = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : seenMs + ms);
      return { ...spoken, firstTokenMs: since(spoken.firstTokenMs), imageMs: since(spoken.imageMs) };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
