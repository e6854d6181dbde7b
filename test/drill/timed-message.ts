// One message over the public API with a clock beside it: when the first text, the first preview, the picture and the end came,
// and what place of the queue was shown meanwhile. Must never look at anything that a viewer would not be sent.
import { randomUUID } from 'node:crypto';
import { messageEvents, type Fields } from '../harness/api-world.ts';
import { httpDoor, webSocketDoor } from '../harness/doors.ts';

export interface Timed {
  readonly conversationId: string;
  readonly status: string;
  /** Milliseconds from the mutation on; undefined: it never came. A picture is placed when its part is there. */
  readonly firstTextMs: number | undefined;
  readonly placedMs: number | undefined;
  readonly firstPreviewMs: number | undefined;
  readonly pictureMs: number | undefined;
  readonly endMs: number;
  /** The last place in a queue that was shown; 0: none was. */
  readonly place: number;
  readonly textEvents: number;
}

const send = `mutation($input: SendMessageInput!) { sendMessage(input: $input) {
  reply { id } conversation { id } userErrors { code message } } }`;

/** @throws {Error} with the API's words when the message is refused, or the stream ends before the message does */
export async function timeMessage(
  url: string,
  text: string,
  options: Fields,
  conversationId?: string,
  signal?: AbortSignal,
): Promise<Timed> {
  const startedAt = performance.now();
  const since = (): number => performance.now() - startedAt;
  const input = { parts: [{ text }], options, conversationId, idempotencyKey: randomUUID() };
  const answer = await httpDoor(url).request({ query: send, variables: { input } });
  const sent = answer.data?.['sendMessage'] as Fields | undefined;
  if (!sent?.['reply']) throw new Error(`refused: ${JSON.stringify(sent ?? answer)}`);
  const seen: { firstTextMs?: number; placedMs?: number; firstPreviewMs?: number; pictureMs?: number } = {};
  let [place, textEvents] = [0, 0];
  await using stream = webSocketDoor(url).subscribe!({
    query: messageEvents,
    variables: { messageId: sent['reply'].id as string },
  });
  for (let received = await stream.next(); received; received = await stream.next()) {
    signal?.throwIfAborted();
    if (received.errors) throw new Error(JSON.stringify(received.errors));
    const event = received.data!['messageEvents'] as Fields;
    switch (event['__typename']) {
      case 'TextEvent':
        seen.firstTextMs ??= since();
        textEvents++;
        break;
      case 'ActivityEvent':
        place = (event['activity']?.position as number | null) ?? place;
        break;
      case 'ImageEvent':
        seen.placedMs ??= since();
        break;
      case 'ImageProgressEvent':
        if (event['progress']?.preview) seen.firstPreviewMs ??= since();
        break;
      case 'ImageDoneEvent':
        seen.pictureMs ??= since();
        break;
      case 'MessageDoneEvent':
        return {
          conversationId: sent['conversation'].id as string,
          status: event['message'].status as string,
          firstTextMs: seen.firstTextMs,
          placedMs: seen.placedMs,
          firstPreviewMs: seen.firstPreviewMs,
          pictureMs: seen.pictureMs,
          endMs: since(),
          place,
          textEvents,
        };
      default:
    }
  }
  throw new Error(`the stream of ${sent['reply'].id as string} ended before its message`);
}
