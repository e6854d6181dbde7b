// `messageEvents`: the log of one reply after a cursor, and its newest activity and progress. Ownership is checked when a
// subscriber comes; the tail behind it is shared by all who watch the same message.
import { isDeepStrictEqual } from 'node:util';
import { AppError, unreachable } from '../../../core/app-error.ts';
import { parsePublicId, toPublicId } from '../../../core/ids.ts';
import { parseCursor, toCursor } from '../../../core/message-event.ts';
import type { NumberedEvent } from '../../../infra/database/event-log.ts';
import type { StreamState } from '../../../infra/database/read-stream.ts';
import type { Context, Services } from '../context.ts';
import { explainWaiting } from '../fleet.ts';
import { toImagePartNode, type MessageEventNode } from '../nodes.ts';
import type { Source } from './source.ts';
import type { Look, LogItem, StateItem, View } from './tail.ts';

/** @throws {AppError} NOT_FOUND for a message that is not the viewer's, INVALID for a cursor that is not this message's */
export async function watchMessage(
  { services, load }: Context,
  { messageId, after }: { readonly messageId: string; readonly after: string | undefined },
): Promise<Source> {
  const parsed = parsePublicId(messageId);
  const message = parsed?.kind === 'message' ? await load.message.load(parsed.uuid) : null;
  if (!message) throw new AppError('NOT_FOUND', `there is no message "${messageId.slice(0, 80)}"`);
  if (message.role !== 'assistant')
    throw new AppError('INVALID', `"${messageId}" is a user message: only replies have events`);
  const afterN = after === undefined ? 0 : readCursor(message.id, after, message.lastN);
  return {
    topic: `message:${message.id}`,
    look: createLook(services, message),
    // whoever asks for a finished message is told once more how it ended, however far it had read
    startAfter: ({ log, ended }) => (ended === true ? Math.min(afterN, (log.at(-1)?.n ?? 1) - 1) : afterN),
  };
}

function readCursor(messageUuid: string, cursor: string, lastN: number): number {
  const parsed = parseCursor(messageUuid, cursor);
  const shown = cursor.slice(0, 80);
  switch (parsed.kind) {
    case 'malformed':
      throw new AppError('INVALID', `"${shown}" is no cursor: use one that this message's events or query returned`);
    case 'otherMessage':
      throw new AppError(
        'INVALID',
        `"${shown}" is a cursor of another message than ${toPublicId('message', messageUuid)}`,
      );
    case 'cursor':
      if (parsed.n > lastN)
        throw new AppError(
          'INVALID',
          `"${shown}" lies beyond this message's events: query the message and start there`,
        );
      return parsed.n;
    default:
      return unreachable(parsed);
  }
}

function createLook(
  services: Services,
  { id: messageId, createdAt }: { readonly id: string; readonly createdAt: Date },
): Look {
  let version = 0;
  let looked = false;
  return async (last) => {
    const lastN = last.log.at(-1)?.n ?? 0;
    const stream = await services.liveReads.stream({ messageId, afterN: lastN });
    if (!stream) return { ...last, ended: new AppError('NOT_FOUND', 'the conversation was deleted') };
    // what the first look finds happened before anyone watched
    if (looked)
      for (const { at } of stream.events) services.observe?.({ kind: 'eventLag', ms: Date.now() - at.getTime() });
    looked = true;
    const terminal = stream.status !== 'QUEUED' && stream.status !== 'RUNNING';
    // the log of an old message is gone: what remains to be told is how it ended
    const news =
      terminal && stream.events.length === 0 && last.log.length === 0
        ? [doneItem(messageId, stream.lastN)]
        : stream.events.map((event) => toItem(messageId, event));
    const log = news.length > 0 ? [...last.log, ...news] : last.log;
    const states = await nextStates(last, stream, log.at(-1)?.n ?? 0);
    const ended = terminal && log.at(-1)?.n === stream.lastN;
    return log === last.log && states === last.states && !ended ? last : { log, states, ended };
  };

  async function nextStates(last: View, stream: StreamState, lastN: number): Promise<View['states']> {
    const base = { cursor: toCursor(messageId, lastN), messageId, at: new Date() };
    const nodes = new Map<string, MessageEventNode>();
    if (stream.activity) {
      const activity = explainWaiting(stream.activity, createdAt, await services.fleet());
      nodes.set('activity', { __typename: 'ActivityEvent', ...base, activity });
    }
    for (const { imageId, progress } of stream.images)
      if (progress) nodes.set(imageId, { __typename: 'ImageProgressEvent', ...base, imageId, progress });
    const states = new Map<string, StateItem>();
    for (const [key, node] of nodes) {
      const before = last.states.get(key);
      const same = before && isDeepStrictEqual(stateOf(before.node as MessageEventNode), stateOf(node));
      // its cursor is that of the newest event all the same: whoever comes now and goes on after it must get nothing twice
      if (same && before.cursor === node.cursor) states.set(key, before);
      else states.set(key, { node, cursor: node.cursor, version: same ? before.version : ++version });
    }
    const unchanged =
      states.size === last.states.size && [...states].every(([key, state]) => last.states.get(key) === state);
    return unchanged ? last.states : states;
  }
}

/** What makes a state event differ from the one before, its time and cursor aside. */
function stateOf(node: MessageEventNode): object | undefined {
  if (node.__typename === 'ActivityEvent') return node.activity;
  return node.__typename === 'ImageProgressEvent' ? node.progress : undefined;
}

function toItem(messageId: string, { n, at, body }: NumberedEvent): LogItem {
  const base = { cursor: toCursor(messageId, n), messageId, at };
  const item = (node: MessageEventNode): LogItem => ({ n, cursor: base.cursor, node });
  switch (body.type) {
    case 'text':
      return item({
        __typename: 'TextEvent',
        ...base,
        partIndex: body.partIndex,
        offset: body.offset,
        text: body.text,
      });
    case 'image': {
      const { partIndex, imageId, takeIds, decision } = body;
      const part = toImagePartNode({ kind: 'image', imageId, takeIds, ...(decision && { decision }) }, partIndex);
      return item({ __typename: 'ImageEvent', ...base, part });
    }
    case 'imageDone':
      return item({ __typename: 'ImageDoneEvent', ...base, imageId: body.imageId });
    case 'done':
      return item({ __typename: 'MessageDoneEvent', ...base });
    default:
      return unreachable(body);
  }
}

function doneItem(messageId: string, n: number): LogItem {
  return toItem(messageId, { n, at: new Date(), body: { type: 'done', status: 'COMPLETED' } });
}
