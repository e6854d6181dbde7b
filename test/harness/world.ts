// A small world for tests of the truth: a migrated database, a viewer, bells, files, and workers over recorded functions.
// Everything is stopped when it is disposed, and nothing may be left listening.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { ReplyOptions } from '../../core/reply-options.ts';
import { silentLog } from '../../core/log.ts';
import { startWorker, type WorkerOptions } from '../../functions/worker/worker.ts';
import { createMemoryBus, type MemoryBus } from '../../infra/bus/memory-bus.ts';
import { openDatabase } from '../../infra/database/connection.ts';
import { migrate } from '../../infra/database/migrate.ts';
import { readImages, type GeneratedImageSnapshot } from '../../infra/database/read-images.ts';
import { readMessages, type MessageSnapshot } from '../../infra/database/read-messages.ts';
import { sendMessage, type Accepted, type SendMessage } from '../../infra/database/send-message.ts';
import type { Database } from '../../infra/database/tables.ts';
import { ensureViewer } from '../../infra/database/viewers.ts';
import { recordedDiffusion, recordedLlm } from '../recordings/recorded-function.ts';
import { createTestDatabase } from './database.ts';
import { dsqlSettings, emulateDsql } from './dsql.ts';
import { createMemoryMedia, type MemoryMedia } from './memory-media.ts';
import { seeded } from './seeded.ts';

export const replyOptions: ReplyOptions = {
  maxTokens: 64,
  temperature: 0,
  topP: 1,
  repetitionPenalty: 1,
  seed: '7',
  images: 'ALWAYS',
  image: { sampler: 'flow-euler', steps: 4, guidance: 3, seed: '9', width: 16, height: 16 },
};

export interface World extends AsyncDisposable {
  /** The program's connections. */
  readonly db: Kysely<Database>;
  /** The test's own hands, for writes that the program never makes: nothing stands between them and the rows. */
  readonly hands: Kysely<Database>;
  readonly url: string;
  readonly bus: MemoryBus;
  readonly media: MemoryMedia;
  readonly viewerId: string;
  /** @throws unless it is accepted */
  readonly send: (change?: Partial<SendMessage>) => Promise<Accepted>;
  readonly read: (messageId: string) => Promise<MessageSnapshot>;
  readonly drawn: (imageId: string) => Promise<GeneratedImageSnapshot>;
  /** A worker over recorded functions; stop it with `await using`. */
  readonly work: (change?: Partial<WorkerOptions>) => AsyncDisposable;
}

export const newKey = (mutation = 'sendMessage', digest = randomUUID()) => ({ key: randomUUID(), mutation, digest });

/** Set by `npm test` for its second run over the tests of the truth. */
const isDsql = process.env['GILL_TEST_DIALECT'] === 'dsql';
/** Of statements and commits, in that run. */
const conflictShare = 0.05;

/**
 * @param settings session defaults of the database
 * @param open how the program connects; tests put what a database may do wrong in between
 */
export async function createWorld(settings?: readonly string[], open?: typeof openDatabase): Promise<World> {
  const emulation = isDsql && !settings && !open ? emulateDsql(seeded(11), conflictShare) : undefined;
  const database = await createTestDatabase(settings ?? (emulation ? dsqlSettings : []));
  const options = { maxConnections: 12, applicationName: 'test' };
  const handle = (open ?? emulation?.open ?? openDatabase)(database.url, options);
  const hands = openDatabase(readCommitted(database.url), { maxConnections: 2, applicationName: 'test hands' });
  const { db } = handle;
  await migrate(db);
  const { id: viewerId } = await ensureViewer(db, 'ada');
  const bus = createMemoryBus();
  const media = createMemoryMedia();

  return {
    db,
    hands: hands.db,
    url: database.url,
    bus,
    media,
    viewerId,
    async send(change = {}) {
      const sent = await sendMessage(db, {
        viewerId,
        parts: [{ kind: 'text', text: 'a red fox' }],
        options: replyOptions,
        title: 'a red fox',
        idempotency: newKey(),
        ...change,
      });
      assert.equal(sent.outcome, 'accepted', JSON.stringify(sent));
      bus.ring('jobs');
      return sent;
    },
    async read(messageId) {
      const message = (await readMessages(db, viewerId, [messageId])).get(messageId);
      assert.ok(message, `message ${messageId} cannot be read`);
      return message;
    },
    async drawn(imageId) {
      const image = (await readImages(db, viewerId, [imageId])).get(imageId);
      assert.equal(image?.kind, 'generated', `picture ${imageId} cannot be read`);
      return image;
    },
    work: (change = {}) =>
      startWorker({
        db,
        bus,
        media,
        llm: recordedLlm(),
        diffusion: recordedDiffusion(),
        modelCard: () => undefined,
        log: silentLog,
        leaseMs: 10_000,
        outageMs: 10_000,
        textBatchMs: 1,
        slots: { reply: 4, image: 2 },
        ...change,
        times: { pollMs: 50, fenceCheckMs: 20, stopGraceMs: 0, firstRestMs: 0, ...change.times },
      }),
    async [Symbol.asyncDispose]() {
      await handle[Symbol.asyncDispose]();
      await hands[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      assert.equal(bus.listenerCount(), 0, 'someone still listens for bells');
      assert.deepEqual(emulation?.refused ?? [], [], 'a statement that DSQL lacks');
    },
  };
}

/** Whatever the database's default is. */
function readCommitted(url: string): string {
  const own = new URL(url);
  own.searchParams.set('options', '-c default_transaction_isolation=read\\ committed');
  return own.href;
}
