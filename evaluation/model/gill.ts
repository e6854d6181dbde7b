// Words and pictures → what the dialogue model says, and what its picture is drawn from or found by. Must never read a prompt in
// another layout than the head that is asked has learned from.
import type { DiffusionInput, PromptPart, PromptTurn, WireTensor } from '../../core/function-contract.ts';
import { AppError } from '../../core/app-error.ts';
import type { ModelPackage } from '../../functions/engine/model-package.ts';
import type { Precision } from '../../functions/llm/decoder-graph.ts';
import { openPaperReader, type PaperReader } from './paper-reader.ts';
import { openSpeak, weightsFolder, type Spoken } from './speak.ts';

/** A message, one at least: what it says and shows. */
export type Messages = readonly [...(readonly PromptPart[])[], readonly PromptPart[]];
/** Each answered in words, and the last with a picture too. */
export type Answer = (messages: Messages, seed: bigint, signal: AbortSignal) => Promise<Spoken>;

/** `paper`: begin token, captions, rows. `served`: prefix, chat template, and the rows behind the reply's first sentence. */
export type Layout = 'paper' | 'served';

/** What the mapper learned to read. All other heads learned from what is served. */
export const mapperLayout = ({ manifest }: ModelPackage): Layout =>
  manifest.gill?.trainedOn === 'captions' ? 'paper' : 'served';

export interface GillOptions {
  /** Of repacked weights; default: where the next run finds them. */
  readonly cacheFolder?: string;
  /** Of the language model; default: int8, as it is served. */
  readonly precision?: Precision | undefined;
}

/** @throws {AppError} MODEL_UNAVAILABLE when the package does not load */
export async function openGill(
  model: ModelPackage,
  layout: Layout,
  { cacheFolder = weightsFolder, precision }: GillOptions = {},
): Promise<AsyncDisposable & { readonly answer: Answer }> {
  switch (layout) {
    case 'served': {
      const { speak, ...served } = await openSpeak(model, { cacheFolder, precision, keeps: 'prefix' });
      return {
        ...served,
        answer: async (messages, seed, signal) => {
          const turns: PromptTurn[] = [];
          for (const parts of messages.slice(0, -1)) {
            turns.push({ role: 'user', parts });
            const { text } = await speak(turns, 'NEVER', seed, signal);
            turns.push({ role: 'assistant', parts: [{ kind: 'text', text }] });
          }
          return speak([...turns, { role: 'user', parts: messages.at(-1)! }], 'ALWAYS', seed, signal);
        },
      };
    }
    case 'paper': {
      const { read, ...paper } = await openPaperReader(model, cacheFolder, precision);
      return { ...paper, answer: readOnce(read) };
    }
  }
}

/** No seed changes what is read: for all seeds of a cell it is read once, and said to take what it took. */
function readOnce(read: PaperReader['read']): Answer {
  let last: { readonly asked: string; readonly spoken: Spoken; readonly cpuMs: number } | undefined;
  return async (messages, _seed, signal) => {
    const parts = messages.flat();
    const asked = JSON.stringify(parts);
    if (asked === last?.asked) return { ...last.spoken, spentBeforeMs: last.cpuMs };
    const startedAt = performance.now();
    const cpuBefore = process.cpuUsage();
    const image = await read(parts, signal);
    const imageMs = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(cpuBefore);
    const spoken = { text: '', image, images: [image], firstTokenMs: undefined, imageMs };
    last = { asked, spoken, cpuMs: (user + system) / 1000 };
    return spoken;
  };
}

/** What a picture that was asked for is drawn from. @throws {AppError} MODEL_UNAVAILABLE when nothing was mapped */
export const mappedOf = ({
  image,
}: Pick<Spoken, 'image'>): Extract<DiffusionInput['conditioning'], { kind: 'GILL' }> => ({
  kind: 'GILL',
  tensor: image?.conditioning ?? missing('mapped nothing for'),
});

/** What it is found by. @throws {AppError} MODEL_UNAVAILABLE when there is none */
export const queryOf = ({ image }: Pick<Spoken, 'image'>): WireTensor => image?.query ?? missing('no query for');

function missing(what: string): never {
  throw new AppError('MODEL_UNAVAILABLE', `the language function has ${what} a picture that was asked for`);
}
