// The language function: dialogue → text, whether and where a picture belongs, and what it is drawn from (docs/http.md). Loads in the background, answers several
// dialogues at once over shared weights. Must never know a database, a bucket or a user.
import { AppError, coerceError } from '../../core/app-error.ts';
import type { Device } from '../../core/device.ts';
import { functionError } from '../../core/function-error.ts';
import type { FunctionHealth, LlmEvent, LlmFunction, LlmInput } from '../../core/function-contract.ts';
import { silentLog, type Log } from '../../core/log.ts';
import { openModelPackage } from '../engine/model-package.ts';
import { createTurns, type Turns } from '../engine/turns.ts';
import { releaseFreedMemory } from '../engine/resident-memory.ts';
import type { Observe } from '../../core/observation.ts';
import type { ParityHabit } from '../../core/parity.ts';
import { createContinuousBatch, type ContinuousBatch } from './continuous-batch.ts';
import { openDecoder } from './decoder.ts';
import { createKeptPositions } from './kept-positions.ts';
import { positionBytes } from './kv-arena.ts';
import { limits } from '../../core/limits.ts';
import type { DecoderShape } from './decoder-graph.ts';
import type { Precision } from './decoder-graph.ts';
import { loadWeights } from './load-weights.ts';
import { openHeads, readWish, toPictureHeads, type PackagedHeads } from './picture-heads.ts';
import { openPromptFormat, type PromptFormat } from './prompt.ts';
import { asksGate, createReply, rowPositions } from './reply.ts';
import { openTokenizer } from './tokenizer.ts';

export interface LanguageFunctionOptions {
  /** Folder of the model package. */
  readonly modelFolder: string;
  /** Where repacked weights are kept; made when missing, and the function works without it. */
  readonly cacheFolder: string;
  /** Replies decoded at once; more wait their turn. */
  readonly slots: number;
  /** Positions of prompt and reply together; default: what model.json says. */
  readonly contextTokens?: number | undefined;
  /** Memory for keys, values and states: of the replies under way, and of prompts kept for reuse. */
  readonly kvBytes: number;
  /** Of the language model. Default: int8; float32 is for measuring what that costs, and reads four times as much a token. */
  readonly precision?: Precision | undefined;
  /** What the networks run on, where that is of use to them. Default: the processor. */
  readonly device?: Device | undefined;
  /** Shared with the picture function of the same process; default: text has the cores to itself. */
  readonly turns?: Turns;
  readonly log?: Log;
  readonly observe?: Observe | undefined;
}

/** Of that memory, at most this share is for the replies under way; what they do not need keeps prompts. */
const repliesShare = 0.75;

/** Of the context, at most this share is kept free for the reply when turns are left out. */
const replyShare = 0.25;

interface Loaded {
  readonly batch: ContinuousBatch;
  readonly format: PromptFormat;
  readonly contextTokens: number;
  readonly heads: PackagedHeads;
  readonly parity: readonly ParityHabit[];
}

type LoadOptions = LanguageFunctionOptions & { readonly device: Device };

type State =
  | { readonly kind: 'loading'; readonly loadedBytes: number; readonly totalBytes: number }
  | { readonly kind: 'ready'; readonly loaded: Loaded }
  | { readonly kind: 'failed'; readonly message: string };

/** Returns at once; `health` tells how far loading is. */
export function openLanguageFunction(options: LanguageFunctionOptions): LlmFunction {
  const { log = silentLog } = options;
  const device = usefulDevice(options.device ?? 'cpu');
  const closing = new AbortController();
  const resources = new AsyncDisposableStack();
  const running = new Set<Promise<void>>();
  let state: State = { kind: 'loading', loadedBytes: 0, totalBytes: 0 };

  const loading = load(
    { ...options, device },
    log,
    resources,
    (loadedBytes, totalBytes) => (state = { kind: 'loading', loadedBytes, totalBytes }),
    closing.signal,
  ).then(
    (loaded) => {
      state = { kind: 'ready', loaded };
    },
    (thrown: unknown) => {
      const error = coerceError(thrown);
      state = { kind: 'failed', message: error.message };
      if (!closing.signal.aborted) log.error({ err: error }, 'the language model cannot be loaded');
    },
  );

  const health = (): FunctionHealth => {
    switch (state.kind) {
      case 'loading':
        return { state: 'loading', loadedBytes: state.loadedBytes, totalBytes: state.totalBytes };
      case 'ready':
        return { state: 'ready', device };
      case 'failed':
        return { state: 'failed', message: state.message };
    }
  };

  const run: LlmFunction['run'] = async (input, emit, signal) => {
    signal.throwIfAborted();
    closing.signal.throwIfAborted();
    switch (state.kind) {
      case 'loading':
        emit(functionError('MODEL_UNAVAILABLE', 'the language model is still loading'));
        return;
      case 'failed':
        emit(functionError('MODEL_UNAVAILABLE', `the language model could not be loaded: ${state.message}`));
        return;
      case 'ready': {
        const reply = answer(state.loaded, input, emit, AbortSignal.any([signal, closing.signal]));
        running.add(reply);
        try {
          await reply;
        } finally {
          running.delete(reply);
        }
      }
    }
  };

  return {
    run,
    health,
    [Symbol.asyncDispose]: async () => {
      closing.abort(new AppError('MODEL_UNAVAILABLE', 'the language function is shutting down'));
      await Promise.allSettled([loading, ...running]);
      await resources.disposeAsync();
    },
  };
}

/**
 * Keys and values lie in ordinary memory. CUDA has no kernel for this attention in float32, so there it computes beside them, on the
 * processor; WebGPU has one, and would be sent the whole of them and send them back for every token.
 */
const usefulDevice = (device: Device): Device => (device === 'webgpu' ? 'cpu' : device);

async function load(
  {
    modelFolder,
    cacheFolder,
    slots,
    contextTokens: wanted,
    kvBytes,
    device,
    turns = createTurns(),
    observe,
    precision,
  }: LoadOptions,
  log: Log,
  resources: AsyncDisposableStack,
  onProgress: (loadedBytes: number, totalBytes: number) => void,
  signal: AbortSignal,
): Promise<Loaded> {
  const startedAt = performance.now();
  const model = await openModelPackage(modelFolder, wanted);
  const { weights: weightsName, contextTokens } = model.manifest.lm;
  const weights = await loadWeights(
    {
      weightsFile: model.file(weightsName),
      weightsSha256: model.manifest.files[weightsName]!,
      cacheFolder,
      precision,
    },
    onProgress,
    signal,
  );
  if (weights.graph.kind === 'memory') {
    log.warn(
      { cacheFolder, reason: weights.graph.reason },
      'repacked weights cannot be kept: every start converts them',
    );
  }
  const positions = shareMemory(weights.shape, slots, contextTokens, kvBytes);
  const { width } = weights.shape;
  const tokenizer = await openTokenizer(model);
  const heads = resources.use(await openHeads(model, weights.embeddings, tokenizer, width, turns, device));
  const format = await openPromptFormat(model, width, heads.rows, tokenizer);
  checkPrefix(format.prefix.length, contextTokens);
  const decoder = resources.use(await openDecoder(weights, slots, contextTokens, device));
  const kept = createKeptPositions(decoder.arena, kvBytes - positions * positionBytes(weights.shape));
  const batch = resources.use(createContinuousBatch(decoder, kept, turns, { positions, observe }));
  // the prefix of all dialogues is read now, so that the first of them finds it
  const { prefix } = format;
  await batch.serve(
    { prompt: prefix, written: [], positions: prefix.length, onAdmitted: () => undefined, next: () => [] },
    signal,
  );
  await releaseFreedMemory();
  log.info({ loadMs: Math.round(performance.now() - startedAt), slots }, 'the language model is loaded');
  return { batch, format, contextTokens, heads, parity: model.manifest.gill?.parity ?? [] };
}

/**
 * @returns positions that the replies under way may hold together: the whole context each, where memory allows that
 * @throws {AppError} CONFIGURATION when the weights were not trained at such a context, or not even one reply fits
 */
function shareMemory(shape: DecoderShape, slots: number, contextTokens: number, kvBytes: number): number {
  if (contextTokens > shape.trainedTokens) {
    throw new AppError(
      'CONFIGURATION',
      `a context of ${contextTokens} tokens is asked for, but the model was trained at ${shape.trainedTokens}: ` +
        'lower GILL_CONTEXT_TOKENS, or lm.contextTokens in model.json',
    );
  }
  const bytes = positionBytes(shape);
  if (contextTokens * bytes > kvBytes) {
    throw new AppError(
      'CONFIGURATION',
      `a reply takes up to ${megabytes(contextTokens * bytes)} MB of keys, values and states at ${contextTokens} tokens, ` +
        `but ${megabytes(kvBytes)} MB are allowed: raise GILL_KV_MEGABYTES or lower GILL_CONTEXT_TOKENS`,
    );
  }
  return Math.min(slots * contextTokens, Math.max(contextTokens, Math.floor((repliesShare * kvBytes) / bytes)));
}

/** @throws {AppError} CONFIGURATION when what goes before every dialogue leaves no room for one beside its reply */
function checkPrefix(prefixTokens: number, contextTokens: number): void {
  const least = Math.ceil((prefixTokens + 1) / (1 - replyShare));
  if (contextTokens >= least) return;
  throw new AppError(
    'CONFIGURATION',
    `a context of ${contextTokens} tokens is asked for, but the instructions and examples of model.json take ${prefixTokens} of ` +
      `them and a quarter is kept for the reply: raise GILL_CONTEXT_TOKENS to ${least} or more`,
  );
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);

async function answer(
  { batch, format, contextTokens, heads: packaged, parity }: Loaded,
  input: LlmInput,
  emit: (event: LlmEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const { options, forcedText = { text: '', imagesAnnounced: 0 } } = input;
  const forced = { ...forcedText, ids: format.tokenizer.encodeText(forcedText.text) };
  let layout;
  let heads;
  try {
    checkInput(input, contextTokens, packaged);
    const replyTokens = Math.max(
      Math.min(options.maxTokens, Math.floor(contextTokens * replyShare)),
      forced.ids.length + 1,
    );
    layout = format.layOut(
      input,
      replyTokens +
        rowPositions(
          options,
          packaged.rows.length,
          packaged.pointer && asksGate(options) ? limits.maxPicturesPerReply : 1,
        ),
    );
    const { pictures } = layout;
    const wish = options.images === 'NEVER' ? undefined : await readWish(packaged, pictures, input, signal);
    heads = toPictureHeads(packaged, pictures, wish, input, signal);
  } catch (thrown) {
    if (!(thrown instanceof AppError && (thrown.code === 'INVALID' || thrown.code === 'CONTEXT_TOO_LONG')))
      throw thrown;
    emit(functionError(thrown.code, thrown.message));
    return;
  }
  const reply = createReply(format.tokenizer, { layout, forced, options, contextTokens, heads, parity }, emit);
  if (reply.full) {
    reply.begin(0);
    reply.end(0);
    return;
  }
  const { positions, begin, read, next } = reply;
  const most = packaged.mapper?.turnPositions ?? 0;
  const told = most > 0 && options.images !== 'NEVER' ? { spans: layout.told, most } : undefined;
  const { computeMs } = await batch.serve(
    { prompt: layout.items, written: forced.ids, positions, told, onAdmitted: begin, onRead: read, next },
    signal,
  );
  reply.end(computeMs);
}

/** @throws {AppError} INVALID naming the value and what is allowed */
function checkInput({ turns, options }: LlmInput, contextTokens: number, { gate, choices }: PackagedHeads): void {
  const { maxTokens, temperature, topP, repetitionPenalty, seed, images, imageBias = 0 } = options;
  const refuse = (what: string): never => {
    throw new AppError('INVALID', what);
  };
  if (images === 'FIND_ONLY' && !choices)
    refuse('images is FIND_ONLY, but this package has no heads to find pictures with');
  if (images !== 'ALWAYS' && images !== 'NEVER' && !gate)
    refuse(`images is ${images}, but this package has no gate: it takes ALWAYS or NEVER`);
  if (!Number.isFinite(imageBias)) refuse(`imageBias is ${imageBias}; it must be a finite number`);
  if (turns.at(-1)?.role !== 'user') refuse('turns must end with a turn of the user');
  if (!Number.isInteger(maxTokens) || maxTokens < 1 || maxTokens > contextTokens)
    refuse(`maxTokens is ${maxTokens}; it must be 1 to ${contextTokens}`);
  if (!(temperature >= 0 && Number.isFinite(temperature)))
    refuse(`temperature is ${temperature}; it must be 0 or more`);
  if (!(topP > 0 && topP <= 1)) refuse(`topP is ${topP}; it must be above 0 and at most 1`);
  if (!(repetitionPenalty > 0 && Number.isFinite(repetitionPenalty)))
    refuse(`repetitionPenalty is ${repetitionPenalty}; it must be above 0, and 1 is none`);
  if (!/^\d{1,20}$/.test(seed) || BigInt(seed) >= 2n ** 64n)
    refuse(`seed is ${seed}; it must be an unsigned 64-bit integer in decimal`);
}
