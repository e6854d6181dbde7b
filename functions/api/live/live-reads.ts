// What tails of replies and of conversations read when they look: each asks for its own, and those that ask at once are
// answered together (read-together.ts). Must never be asked by an operation: what a viewer may see is checked before, not here.
import type { Kysely } from 'kysely';
import {
  readRecentMessages,
  type RecentMessage,
  type WantedRecent,
} from '../../../infra/database/read-conversations.ts';
import { readStreams, type StreamState, type WantedStream } from '../../../infra/database/read-stream.ts';
import type { Database } from '../../../infra/database/tables.ts';
import { readTogether } from './read-together.ts';

export interface LiveReads {
  /** Undefined: the message is gone. */
  readonly stream: (wanted: WantedStream) => Promise<StreamState | undefined>;
  /** Undefined: the conversation is gone, or another viewer's. */
  readonly recent: (wanted: WantedRecent) => Promise<readonly RecentMessage[] | undefined>;
}

export const createLiveReads = (db: Kysely<Database>): LiveReads => ({
  stream: readTogether<WantedStream, StreamState | undefined>((wanted) => readStreams(db, wanted)),
  recent: readTogether((wanted) => readRecentMessages(db, wanted)),
});
