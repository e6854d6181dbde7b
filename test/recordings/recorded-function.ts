// Functions that replay captured events through the real contract: doors, jobs and faults are tested with them by the
// hundred, without weights. Must behave as the contract says: honour the signal, forced text and one last event.
import { createHash } from 'node:crypto';
import type { DiffusionEvent, DiffusionInput, DiffusionFunction, FunctionHealth, LlmEvent, LlmFunction, LlmImageEvent, LlmInput, ModelCard, ParentPicture, VisionEvent, VisionFunction, VisionInput, WireTensor } from '../../core/function-contract.ts';

/** What the recorded functions offer; a test adds the heads that it is about. */
export const recordedCard: ModelCard = {
  model: 'recorded',
  modelDigest: 'd'.repeat(64),
  contextTokens: 100,
  samplers: ['flow-euler'],
  defaultSteps: 4,
  defaultGuidance: 3,
  imageSizes: [{ width: 16, height: 16 }],
  readsImages: false,
};

/** Where a test may hold, fail or watch a run. */
export interface Hooks<Input> {
  /** Called before each event; waits for what it returns. A throw breaks the function. */
  readonly before?: (position: number, input: Input, signal: AbortSignal) => Promise<void> | void;
  readonly health?: () => FunctionHealth;
}

const sentence = ['Here', ' is', ' a', ' red', ' fox', ' under', ' an', ' umbrella', '.'];
const afterwards = [' Sleep', ' well', ', 🦊', '!'];

type ToldOfImage = Omit<LlmImageEvent, 'type'>;

interface LlmHooks extends Hooks<LlmInput> {
  readonly image?: ToldOfImage | ((input: LlmInput) => ToldOfImage);
  /** Pictures of a reply that has any: the first between the sentences, the others behind them. Default: 1. */
  readonly pictures?: number;
  /** Of several: what the message says of each. */
  readonly words?: ((index: number) => string) | undefined;
  /** The logit of a gate, which AUTO, DRAW_ONLY and FIND_ONLY ask; without one they announce as ALWAYS does. */
  readonly gateLogit?: number;
}

/** Says two short sentences, with a picture's place between them when asked for. */
export function recordedLlm(hooks: LlmHooks = {}): LlmFunction {
  return replay(hooks, function* (input): Generator<LlmEvent> {
    yield { type: 'prompt', promptTokens: 40, cachedTokens: 30, droppedTurns: 0 };
    const { images, imageBias = 0 } = input.options;
    const asks = hooks.gateLogit !== undefined && images !== 'ALWAYS' && images !== 'NEVER';
    const logit = asks ? hooks.gateLogit + imageBias : 0;
    const wanted = asks ? { wanted: { probability: 1 / (1 + Math.exp(-logit)) } } : {};
    let forced = input.forcedText?.text ?? '';
    const say = function* (words: readonly string[]): Generator<LlmEvent> {
      for (const text of words) {
        if (forced.startsWith(text)) forced = forced.slice(text.length);
        else yield { type: 'text', text };
      }
    };
    yield* say(sentence);
    const isIn = images !== 'NEVER' && !(asks && logit <= 0);
    const told = typeof hooks.image === 'function' ? hooks.image(input) : hooks.image;
    const { pictures: count = 1 } = hooks;
    const announced = input.forcedText?.imagesAnnounced ?? 0;
    const picture = (index: number): LlmEvent => ({ type: 'image', ...wanted, ...told, ...(count > 1 && { series: { index, count, ...(hooks.words && { words: hooks.words(index), repeats: repeatsOf(hooks.words, index) }) } }) });
    if (isIn && announced === 0) yield picture(0);
    yield* say(afterwards);
    for (let index = Math.max(1, announced); isIn && index < count; index++) yield picture(index);
    yield { type: 'usage', promptTokens: 40, cachedTokens: 30, outputTokens: sentence.length + afterwards.length, computeMs: 12 };
    yield { type: 'done', finish: 'stop', ...wanted };
  });
}

const repeatsOf = (words: (index: number) => string, index: number): number =>
  Array.from({ length: index }, (_, before) => words(before)).filter((other) => other === words(index)).length;

export const recordedText = { before: sentence.join(''), after: afterwards.join('') };

/** Draws a flat picture whose colour is the seed's, and the parent's where there is one. */
export function recordedDiffusion(hooks: Hooks<DiffusionInput> = {}): DiffusionFunction {
  return replay(hooks, function* (input): Generator<DiffusionEvent> {
    yield { type: 'conditioning', tensor: { shape: [1, 2], fp16: 'AAAAAA==' }, sha256: '0'.repeat(64) };
    const colour = colourOf(input);
    const { parent } = input;
    if (parent) yield { type: 'parent', tensor: 'latent' in parent ? parent.latent : readBack, sha256: digestOf(parent) };
    for (let step = 1; step <= input.steps; step++) {
      yield { type: 'step', step, steps: input.steps, estimatedMs: (input.steps - step) * 10 };
      if (step === Math.ceil(input.steps / 2) && input.previews > 0) yield { type: 'preview', step, ...flat(8, 8, colour) };
    }
    yield { type: 'decoding' };
    yield { type: 'pixels', ...flat(input.width, input.height, colour), latent: { shape: [1, 1, 1], fp16: 'AAA=' } };
    yield { type: 'usage', imageSteps: input.steps, computeMs: 34, device: 'cpu' };
    yield { type: 'done' };
  });
}

/** Sees two rows of three, and a vector of two, that differ where the pictures do. */
export function recordedVision(hooks: Hooks<VisionInput> = {}): VisionFunction {
  return replay(hooks, function* ({ picture }): Generator<VisionEvent> {
    yield { type: 'seen', ...recordedSight(picture.rgb) };
    yield { type: 'usage', computeMs: 5 };
    yield { type: 'done' };
  });
}

/** What it makes of a picture. @param rgb base64 */
export function recordedSight(rgb: string): { readonly rows: WireTensor; readonly embedding: WireTensor } {
  // digits of a digest as halves below one
  const digest = createHash('sha256').update(rgb).digest().map((byte) => byte & 0x3b);
  const [rows, embedding] = [digest.subarray(0, 12), digest.subarray(12, 16)].map((bytes) => Buffer.from(bytes).toString('base64'));
  return { rows: { shape: [2, 3], fp16: rows! }, embedding: { shape: [2], fp16: embedding! } };
}

function replay<Input, Event>(hooks: Hooks<Input>, events: (input: Input) => Generator<Event>) {
  return {
    health: hooks.health ?? ((): FunctionHealth => ({ state: 'ready' })),
    async run(input: Input, emit: (event: Event) => void, signal: AbortSignal) {
      let position = 0;
      for (const event of events(input)) {
        await raced(Promise.resolve(hooks.before?.(position++, input, signal)), signal);
        signal.throwIfAborted();
        emit(event);
      }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Settles as `work` does, or rejects as soon as the signal fires. */
function raced(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  work.then(resolve, reject);
  return promise.finally(() => signal.removeEventListener('abort', onAbort));
}

/** What becomes of a parent that is given by its pixels. */
const readBack = { shape: [1, 1, 1], fp16: 'ADw=' };

const digestOf = (parent: ParentPicture): string =>
  createHash('sha256').update(JSON.stringify('latent' in parent ? parent.latent : readBack)).digest('hex');

function colourOf({ seed, parent }: DiffusionInput): number {
  const kept = parent ? Number.parseInt(digestOf(parent).slice(0, 6), 16) + Math.round(parent.guidance * 1000) : 0;
  return Number((BigInt(seed) + BigInt(kept)) % 0xff_ff_ffn);
}

function flat(width: number, height: number, colour: number): { width: number; height: number; rgb: string } {
  const rgb = Buffer.alloc(width * height * 3);
  for (let i = 0; i < rgb.length; i += 3) rgb.writeUIntBE(colour, i, 3);
  return { width, height, rgb: rgb.toString('base64') };
}
