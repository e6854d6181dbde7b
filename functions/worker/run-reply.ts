// One attempt at a reply: dialogue in, text and picture places out. An attempt after the first goes on behind what the
// log already holds and repeats none of it.
import type { FunctionError, LlmEvent, LlmImageEvent, LlmInput } from '../../core/function-contract.ts';
import type { Failure } from '../../core/reply-options.ts';
import type { FoldedPart } from '../../core/message-event.ts';
import { beginReply } from '../../infra/database/begin.ts';
import { readDialogue, type Dialogue } from '../../infra/database/dialogue.ts';
import { finishReply, recordUsage, type UsageAmounts } from '../../infra/database/finish.ts';
import { writeActivity, type ClaimedJob } from '../../infra/database/jobs.ts';
import { limits } from '../../core/limits.ts';
import { finished, lost, outlasting, type RunOutcome, type WorkerParts } from './parts.ts';
import { choosePlacement, textOf } from './choose-placement.ts';
import { createReplyWriter, type Placement } from './reply-writer.ts';
import { readDrawnFrom } from './read-drawn-from.ts';
import { seeDialogue, toPromptTurns } from './see-dialogue.ts';

export async function runReply(parts: WorkerParts, job: ClaimedJob, signal: AbortSignal): Promise<RunOutcome> {
  const messageId = job.messageId!;
  const claimedAt = performance.now();
  let firstTextAt: number | undefined;
  const ring = (): void => {
    parts.bus.ring(`message:${messageId}`);
    parts.bus.ring(`conversation:${job.conversationId}`);
  };
  if ((await beginReply(parts.db, job, messageId)) === 'lost') return lost;
  await writeActivity(parts.db, job, { phase: 'READING' }, parts.leaseMs);
  ring();

  const dialogue = await readDialogue(parts.db, messageId);
  const seen = await seeDialogue(parts, job, dialogue, signal);
  const drawnFrom = await readDrawnFrom(parts, job.viewerId, dialogue);
  const trouble = new AbortController();
  const writer = createReplyWriter(parts, job, messageId, dialogue.written, () => trouble.abort());
  const startedAt = performance.now();
  let usage: UsageAmounts = { computeMs: seen.computeMs };
  let droppedTurns = 0;
  let pictureProbability: number | undefined;
  let error: FunctionError | undefined;
  let decoding = false;
  /** Set while the prompt is read: a run that is stopped then has said nothing of what it took. */
  let readingSince: number | undefined;

  const foundHere: string[] = [];
  const choose = async (event: LlmImageEvent): Promise<Placement> => {
    const placement = await choosePlacement(parts, job, dialogue, event, drawnFrom, foundHere);
    if (placement.kind === 'find') foundHere.push(placement.found.itemId);
    return placement;
  };

  const onEvent = (event: LlmEvent): void => {
    switch (event.type) {
      case 'prompt':
        droppedTurns = event.droppedTurns;
        usage = { ...usage, promptTokens: event.promptTokens, cachedTokens: event.cachedTokens };
        readingSince = performance.now();
        return;
      case 'text':
        readingSince = undefined;
        // a run that is stopped says no more what it took: each piece of text is a token at least
        usage = {
          ...usage,
          outputTokens: (usage.outputTokens ?? 0) + 1,
          computeMs: seen.computeMs + Math.round(performance.now() - startedAt),
        };
        if (!decoding) {
          decoding = true;
          firstTextAt = performance.now();
          parts.observe?.({ kind: 'firstText', ms: firstTextAt - claimedAt });
          void writeActivity(parts.db, job, { phase: 'DECODING_TEXT' }, parts.leaseMs).catch(() => trouble.abort());
        }
        return writer.text(event.text);
      case 'image':
        return writer.picture(() => choose(event));
      case 'usage':
        if (firstTextAt !== undefined)
          parts.observe?.({ kind: 'written', tokens: event.outputTokens - 1, ms: performance.now() - firstTextAt });
        usage = {
          promptTokens: event.promptTokens,
          cachedTokens: event.cachedTokens,
          outputTokens: event.outputTokens,
          computeMs: seen.computeMs + event.computeMs,
        };
        return;
      case 'error':
        error = event;
        return;
      case 'done':
        pictureProbability = event.wanted?.probability;
        return;
    }
  };

  try {
    await parts.llm.run(
      inputOf(dialogue, toPromptTurns(dialogue, seen, drawnFrom)),
      onEvent,
      AbortSignal.any([signal, trouble.signal]),
    );
    await writer.written();
  } catch (thrown) {
    // what was computed is counted, whoever owns the job now
    if (readingSince !== undefined)
      usage = { ...usage, computeMs: seen.computeMs + Math.round(performance.now() - readingSince) };
    await recordUsage(parts.db, job, usage);
    // a cancel is noticed twice, by a write and by whoever watches the fence: the latter says what it was
    signal.throwIfAborted();
    if (trouble.signal.aborted) {
      await writer.written();
      return lost;
    }
    throw thrown;
  }
  if (error?.retryable && job.attempt < limits.maxAttempts) {
    await recordUsage(parts.db, job, usage);
    return { kind: 'retry', message: error.message };
  }

  const end = error
    ? ({ state: 'failed', events: [], failure: failureOf(error), usage } as const)
    : ({ state: 'done', events: [], droppedTurns, pictureProbability, usage } as const);
  const outcome = await outlasting(parts, signal, () => finishReply(parts.db, job, messageId, end));
  ring();
  parts.bus.ring('jobs'); // a reply that waited for this one may be claimable now
  return outcome === 'held' ? finished : lost;
}

function inputOf(dialogue: Dialogue, turns: LlmInput['turns']): LlmInput {
  const { instructions, options, written } = dialogue;
  const { maxTokens, temperature, topP, repetitionPenalty, seed, images, imageBias } = options;
  return {
    contract: 2,
    turns,
    ...(instructions === null ? {} : { instructions }),
    ...(written.length === 0
      ? {}
      : {
          forcedText: {
            text: textOf(written),
            imagesAnnounced: settledOf(written),
          },
        }),
    options: {
      maxTokens,
      temperature,
      topP,
      repetitionPenalty,
      seed,
      images,
      ...(imageBias === undefined ? {} : { imageBias }),
    },
  };
}

/** One that came to nothing leaves no part, but those behind it tell of it. */
function settledOf(written: readonly FoldedPart[]): number {
  const images = written.filter((part) => part.kind === 'image');
  return Math.max(images.length, ...images.map(({ decision }) => decision?.settled ?? 0));
}

function failureOf(error: FunctionError): Failure {
  switch (error.code) {
    case 'CONTEXT_TOO_LONG':
    case 'MODEL_UNAVAILABLE':
      return { code: error.code, message: error.message, retryable: error.retryable };
    case 'INVALID':
    case 'INTERNAL':
      return { code: 'INTERNAL', message: error.message, retryable: error.retryable };
  }
}
