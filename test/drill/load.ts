// A patient user: sends a message until it is accepted, then follows its events through every cut until it has ended. What
// it saw is kept, so that the drill can compare it with what the server holds. Must never send one message twice with two
// keys.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { foldEvent, type FoldedPart } from '../../core/message-event.ts';
import { messageEvents, type Fields } from '../harness/api-world.ts';
import { httpDoor, sseDoor, webSocketDoor } from '../harness/doors.ts';

export interface Outcome {
  readonly replyId: string;
  readonly conversationId: string;
  readonly status: string;
  /** What the events folded to. */
  readonly parts: readonly FoldedPart[];
  /** The message as its MessageDoneEvent held it. */
  readonly final: Fields;
  /** Times the stream was cut and taken up again. */
  readonly resumes: number;
  /** Attempts until the mutation was answered. */
  readonly sends: number;
}

/** What a user may do at an event: leave and come back, or stop the reply. */
export type Whim = 'watch' | 'leave' | 'cancel';

const pauseMs = 100;

/** @param whim asked at every event */
export async function converse(
  url: string,
  words: string,
  options: Fields,
  conversationId?: string,
  whim: () => Whim = () => 'watch',
): Promise<Outcome> {
  const sent = await sendUntilAccepted(url, words, options, conversationId);
  return { ...(await follow(url, sent.replyId, whim)), conversationId: sent.conversationId, sends: sent.sends };
}

async function sendUntilAccepted(
  url: string,
  words: string,
  options: Fields,
  conversationId: string | undefined,
): Promise<{ replyId: string; conversationId: string; sends: number }> {
  const input = { parts: [{ text: words }], options, conversationId, idempotencyKey: randomUUID() };
  const query = `mutation($input: SendMessageInput!) { sendMessage(input: $input) {
    reply { id } conversation { id } userErrors { code message } } }`;
  for (let sends = 1; ; sends++) {
    try {
      const answer = await httpDoor(url).request({ query, variables: { input } });
      const payload = answer.data?.['sendMessage'] as Fields | undefined;
      const code = payload?.['userErrors'][0]?.code as string | undefined;
      if (payload?.['reply'])
        return {
          replyId: payload['reply'].id as string,
          conversationId: payload['conversation'].id as string,
          sends,
        };
      if (code !== undefined && code !== 'BUSY') throw new Error(`refused: ${JSON.stringify(payload)}`);
    } catch (thrown) {
      if (thrown instanceof Error && thrown.message.startsWith('refused')) throw thrown;
    }
    await delay(pauseMs);
  }
}

/** Takes turns between the two streaming doors, and resumes after the last event it folded. */
async function follow(
  url: string,
  replyId: string,
  whim: () => Whim,
): Promise<Omit<Outcome, 'sends' | 'conversationId'>> {
  let parts: FoldedPart[] = [];
  let cursor: string | null = null;
  for (let resumes = 0; ; resumes++) {
    const door = resumes % 2 === 0 ? webSocketDoor(url) : sseDoor(url);
    await using stream = door.subscribe!({ query: messageEvents, variables: { messageId: replyId, after: cursor } });
    try {
      for (let received = await stream.next(); received; received = await stream.next()) {
        if (received.errors) break;
        const event = received.data!['messageEvents'] as Fields;
        parts = fold(parts, event);
        cursor = event['cursor'] as string;
        if (event['__typename'] === 'MessageDoneEvent')
          return {
            replyId,
            status: event['message'].status as string,
            parts,
            final: event['message'] as Fields,
            resumes,
          };
        const wish = whim();
        if (wish === 'cancel') await cancel(url, replyId);
        if (wish === 'leave') break;
      }
    } catch (thrown) {
      // cut, refused or not there: that is what the drill is about, and the next round resumes
      if (!(thrown instanceof Error) && !isSocketEvent(thrown)) throw thrown;
    }
    await delay(pauseMs);
  }
}

async function cancel(url: string, messageId: string): Promise<void> {
  const query = 'mutation($id: ID!) { cancelMessage(input: { messageId: $id }) { message { status } } }';
  await httpDoor(url).request({ query, variables: { id: messageId } });
}

/** What ws tells of a broken socket is an event, not an error. */
const isSocketEvent = (thrown: unknown): boolean => typeof thrown === 'object' && thrown !== null && 'type' in thrown;

function fold(parts: FoldedPart[], event: Fields): FoldedPart[] {
  if (event['__typename'] === 'TextEvent')
    return foldEvent(parts, {
      type: 'text',
      partIndex: event['partIndex'] as number,
      offset: event['offset'] as number,
      text: event['text'] as string,
    });
  if (event['__typename'] === 'ImageEvent')
    return foldEvent(parts, {
      type: 'image',
      partIndex: event['part'].index as number,
      imageId: event['part'].image.id as string,
      takeIds: [],
    });
  return parts;
}
