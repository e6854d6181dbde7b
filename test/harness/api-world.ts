// The world of test/harness/world.ts with an API server on a real socket, and the mutations and queries most tests need.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { coerceError } from '../../core/app-error.ts';
import type { MediaStore } from '../../infra/media/media-store.ts';
import { silentLog } from '../../core/log.ts';
import { startApiServer, type ApiServer, type ApiServerOptions } from '../../functions/api/server.ts';
import { ownIdentity } from '../../infra/auth/identity.ts';
import { doorsOf, httpDoor, type Door, type Received, type Stream } from './doors.ts';
import { eventually } from './eventually.ts';
import { createWorld, type World } from './world.ts';

export interface ApiWorld extends World {
  readonly server: ApiServer;
  readonly doors: readonly Door[];
  /** Over HTTP; fails the test on any error. */
  readonly ask: (query: string, variables?: Record<string, unknown>) => Promise<Fields>;
  /** Sends a message through the API. */
  readonly say: (input?: Record<string, unknown>) => Promise<Said>;
}

/** Answers are read by path. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a wrong path fails the test when it runs
export type Fields = Record<string, any>;

export interface Said {
  readonly conversationId: string;
  readonly messageId: string;
  readonly replyId: string;
  readonly cursor: string;
}

export const messageEvents = `subscription Events($messageId: ID!, $after: String) {
  messageEvents(messageId: $messageId, after: $after) {
    __typename cursor messageId at
    ... on TextEvent { partIndex offset text }
    ... on ImageEvent { part { index image { id } } }
    ... on ImageDoneEvent { image { id ... on GeneratedImage { status } file { url } } }
    ... on ActivityEvent { activity { phase position } }
    ... on ImageProgressEvent { imageId progress { phase step steps preview { url } } }
    ... on MessageDoneEvent { message { id status parts { index ... on TextPart { text } ... on ImagePart { image { id } } } } }
  }
}`;

const sendMessage = `mutation Send($input: SendMessageInput!) { sendMessage(input: $input) {
  conversation { id } message { id } reply { id cursor status } userErrors { code message path } } }`;

/** @param media where the API signs; workers are given theirs by `work` */
export async function createApiWorld(
  change: Partial<ApiServerOptions> = {},
  media?: MediaStore,
  computeBudgetMs?: number,
): Promise<ApiWorld> {
  const world = await createWorld();
  const server = await startApiServer({
    services: { db: world.db, bus: world.bus, media: media ?? world.media, log: silentLog, computeBudgetMs },
    authenticate: () => Promise.resolve(ownIdentity('ada')),
    hasTokens: false,
    allowedOrigins: [],
    host: '127.0.0.1',
    port: 0,
    ...change,
  });
  const { request } = httpDoor(server.url);
  const ask: ApiWorld['ask'] = async (query, variables) => {
    const answer = await request({ query, variables });
    assert.equal(answer.errors, undefined, JSON.stringify(answer.errors));
    return answer.data!;
  };
  return {
    ...world,
    server,
    doors: doorsOf(server.url),
    ask,
    async say(input = {}) {
      const data = await ask(sendMessage, {
        input: { parts: [{ text: 'a red fox' }], idempotencyKey: randomUUID(), ...input },
      });
      const { conversation, message, reply, userErrors } = data['sendMessage'] as Record<
        string,
        Record<string, string>
      >;
      assert.deepEqual(userErrors, []);
      return {
        conversationId: conversation!['id']!,
        messageId: message!['id']!,
        replyId: reply!['id']!,
        cursor: reply!['cursor']!,
      };
    },
    async [Symbol.asyncDispose]() {
      // a test that failed may have left streams open; the server still goes, and the failure is shown
      const left = await eventually(() => server.subscriberCount() === 0).catch((thrown: unknown) =>
        coerceError(thrown),
      );
      await server[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
      if (left) throw left;
    },
  };
}

/** Reads until the server completes. */
export async function readAll(stream: Stream): Promise<Received[]> {
  const all: Received[] = [];
  for (let event = await stream.next(); event; event = await stream.next()) all.push(event);
  return all;
}

export const eventOf = (received: Received | undefined): Fields =>
  (received?.data as Record<string, Fields>)['messageEvents']!;
