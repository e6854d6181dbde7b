// A subscription as server-sent events over `fetch`, for where sockets do not pass. Must end or throw when nothing, not even
// a comment, came for longer than the server's keep-alive allows: a dead connection looks like a quiet one.
import { ClientError, fromAnswer, type AnswerError } from './client-error.ts';

/** The server sends a comment every 12 s. */
const silenceMs = 30_000;

/** Yields each event's payload; ends when the server completed. @throws {ClientError} */
export async function* readServerSentEvents(
  send: (signal: AbortSignal) => Promise<Response>,
  signal: AbortSignal,
): AsyncGenerator<unknown, undefined> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), silenceMs);
  const response = await send(AbortSignal.any([signal, silence.signal]));
  try {
    if (response.headers.get('content-type')?.startsWith('text/event-stream') !== true || !response.body)
      throw await refusalOf(response);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let buffer = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) throw new ClientError('NETWORK', 'the stream ended without `complete`', true);
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), silenceMs);
      buffer += value;
      for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
        const { event, data } = parseEvent(buffer.slice(0, end));
        buffer = buffer.slice(end + 2);
        if (event === 'complete') return undefined;
        if (event === 'next') yield JSON.parse(data) as unknown;
      }
    }
  } finally {
    clearTimeout(timer);
    silence.abort(); // lets go of the connection when the reader leaves early
  }
}

function parseEvent(block: string): { readonly event: string; readonly data: string } {
  const fields = { event: 'message', data: '' };
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') fields.event = value;
    if (name === 'data') fields.data += value;
  }
  return fields;
}

/** What the server said instead of opening the stream. */
export async function refusalOf(response: Response): Promise<ClientError> {
  const text = await response.text();
  try {
    const { errors } = JSON.parse(text) as { readonly errors?: readonly AnswerError[] };
    if (errors) return fromAnswer(errors);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
  }
  // a proxy's page, most likely
  return new ClientError('NETWORK', `status ${response.status} without a GraphQL answer`, response.status >= 500);
}
