// One reply's events over whatever cuts come: each attempt starts after the newest cursor, sockets and server-sent events
// take turns while they fail. Must never give up on a failure that may pass, nor repeat one that will not.
import { toClientError, type ClientError } from './client-error.ts';
import type { Connection, StreamDoor } from './connection.ts';
import { messageEvents } from './operations.ts';
import { pause } from './retrying.ts';
import type { ReplyEvent } from './reply-state.ts';

export interface Follower {
  readonly messageId: string;
  /** The newest cursor folded so far. */
  readonly cursor: () => string;
  readonly onEvent: (event: ReplyEvent) => void;
  /** The stream was lost and will be tried again. */
  readonly onLost: (error: ClientError) => void;
}

/** Resolves after MessageDoneEvent, or when the signal fires. @throws {ClientError} that trying again cannot mend */
export async function follow(connection: Connection, follower: Follower, signal: AbortSignal): Promise<void> {
  const { messageId, cursor, onEvent, onLost } = follower;
  let failures = 0;
  let door: StreamDoor = connection.doors[0]!;
  const hasLeft = (): boolean => signal.aborted;
  while (!hasLeft()) {
    try {
      for await (const { messageEvents: event } of connection.stream(
        messageEvents,
        { messageId, after: cursor() },
        door,
        signal,
      )) {
        failures = 0;
        onEvent(event);
        if (event.__typename === 'MessageDoneEvent') return;
      }
      if (hasLeft()) return;
      // the server ends streams when it stops: another one, or the same one later, goes on
      onLost(toClientError(new Error('the server ended the stream')));
    } catch (thrown) {
      const error = toClientError(thrown);
      if (!error.retryable) throw error;
      onLost(error);
    }
    failures += 1;
    door = connection.doors[failures % connection.doors.length]!;
    await pause(failures, signal);
  }
}
