// What every resolver is given. Loaders live as long as one operation, or one event of a subscription: never longer, or
// they would show what was.
import DataLoader from 'dataloader';
import type { Kysely } from 'kysely';
import type { Log } from '../../core/log.ts';
import type { Observe } from '../../core/observation.ts';
import type { Bus } from '../../infra/bus/bus.ts';
import { readSearchable } from '../../infra/database/embeddings.ts';
import { listAlternatives } from '../../infra/database/lists.ts';
import type { Gallery } from '../../infra/database/gallery.ts';
import { readConversations } from '../../infra/database/read-conversations.ts';
import { readImages } from '../../infra/database/read-images.ts';
import { readMessages } from '../../infra/database/read-messages.ts';
import type { Database } from '../../infra/database/tables.ts';
import type { Caller } from './doors/admission.ts';
import type { MediaStore } from '../../infra/media/media-store.ts';
import type { FleetReader } from './fleet.ts';
import type { LiveReads } from './live/live-reads.ts';
import {
  toImageNode,
  toMessageNode,
  type ConversationNode,
  type ImageNode,
  type MessageNode,
  type UploadNode,
} from './nodes.ts';
import { readUploadsNow } from './uploads.ts';

/** What the process has one of. */
export interface Services {
  readonly db: Kysely<Database>;
  readonly bus: Bus;
  readonly media: MediaStore;
  readonly gallery: Gallery;
  readonly fleet: FleetReader;
  readonly liveReads: LiveReads;
  readonly log: Log;
  readonly observe?: Observe;
  /** Milliseconds of computing one viewer may use in a day; undefined: no bound. */
  readonly computeBudgetMs?: number | undefined;
  /** Told when a viewer deleted itself. */
  readonly forgetViewer: (name: string) => void;
  /** False where everyone is the viewer `local`. */
  readonly hasTokens: boolean;
}

export interface Context {
  readonly services: Services;
  readonly viewer: Caller;
  readonly load: Loaders;
}

export interface Loaders {
  readonly conversation: DataLoader<string, ConversationNode | null>;
  readonly message: DataLoader<string, MessageNode | null>;
  readonly image: DataLoader<string, ImageNode | null>;
  readonly upload: DataLoader<string, UploadNode | null>;
  /** Item of the gallery → whether the model finds it by what it shows. */
  readonly searchable: DataLoader<string, boolean>;
  /** Message → ids of its alternatives, itself included. */
  readonly alternatives: DataLoader<string, readonly string[]>;
}

/** A fresh context for one operation or one event. */
export function createContext(services: Services, viewer: Caller): Context {
  const { db } = services;
  const batched = <Row, Node>(
    read: (ids: readonly string[]) => Promise<ReadonlyMap<string, Row>>,
    toNode: (row: Row) => Node,
  ) =>
    new DataLoader<string, Node | null>(async (ids) => {
      const rows = await read(ids);
      return ids.map((id) => {
        const row = rows.get(id);
        return row === undefined ? null : toNode(row);
      });
    });
  return {
    services,
    viewer,
    load: {
      conversation: batched(
        (ids) => readConversations(db, viewer.id, ids),
        (row) => ({ __typename: 'Conversation', ...row }),
      ),
      message: batched((ids) => readMessages(db, viewer.id, ids), toMessageNode),
      image: batched((ids) => readImages(db, viewer.id, ids), toImageNode),
      upload: batched(
        (ids) => readUploadsNow(services, viewer.id, ids),
        (row) => ({ __typename: 'Upload', ...row }),
      ),
      searchable: new DataLoader(async (ids) => {
        const { modelCard } = await services.fleet();
        const found = modelCard && (await readSearchable(db, modelCard.modelDigest, ids));
        return ids.map((id) => found?.has(id) === true);
      }),
      alternatives: new DataLoader(async (ids) => {
        const found = await listAlternatives(db, ids);
        return ids.map((id) => found.get(id) ?? []);
      }),
    },
  };
}
