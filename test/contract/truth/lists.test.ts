// Pages of lists: however a list is cut into pages, from either end, the pages together are the list. A cursor that this
// program never gave out is refused, whatever a database would make of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { listConversations, listMessages, type Page, type Slice } from '../../../infra/database/lists.ts';
import { createWorld, type World } from '../../harness/world.ts';

let world: World;
const conversations: string[] = [];
const messages: string[] = [];
let leafId: string;

before(async () => {
  world = await createWorld();
  for (let i = 0; i < 5; i++) conversations.unshift((await world.send()).conversationId);
  // the conversation written to last comes first, however old it is
  const [conversationId] = conversations.splice(3, 1);
  conversations.unshift(conversationId!);
  const { replyId } = await world.send({ conversationId: conversationId! });
  leafId = replyId;
  const rows = await world.db
    .selectFrom('message')
    .select('id')
    .where('conversation_id', '=', conversationId!)
    .orderBy('id')
    .execute();
  messages.push(...rows.map(({ id }) => id));
});
after(() => world[Symbol.asyncDispose]());

const lists = {
  conversations: { read: (page: Page) => listConversations(world.db, world.viewerId, page), all: conversations },
  messages: { read: (page: Page) => listMessages(world.db, leafId, page), all: messages },
};

async function pages(read: (page: Page) => Promise<Slice>, sizes: readonly number[], forwards: boolean) {
  const found: string[] = [];
  let cursor: string | undefined;
  for (let i = 0; ; i++) {
    const size = sizes[i % sizes.length]!;
    const slice = await read(forwards ? { first: size, after: cursor } : { last: size, before: cursor });
    const ids = slice.items.map(({ id }) => id);
    if (forwards) found.push(...ids);
    else found.unshift(...ids);
    assert.equal(forwards ? slice.hasPreviousPage : slice.hasNextPage, i > 0);
    if (!(forwards ? slice.hasNextPage : slice.hasPreviousPage)) return found;
    cursor = slice.items.at(forwards ? -1 : 0)!.cursor;
  }
}

for (const [name, { read, all }] of Object.entries(lists)) {
  const strict = async (page: Page): Promise<Slice> => {
    const slice = await read(page);
    if ('code' in slice) throw new Error(slice.message);
    return slice;
  };

  test(`${name}: all pages together are the list, from both ends, whatever their sizes`, async () => {
    assert.ok(all.length >= 4);
    const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(sizes, fc.boolean(), async (some, forwards) => {
        assert.deepEqual(await pages(strict, some, forwards), all);
      }),
      { numRuns: 20 },
    );
  });

  test(`${name}: a cursor that is none of this list's is refused by name`, async () => {
    const [id] = all;
    const keys = [
      '',
      'yesterday',
      `2026-02-31 10:00:00.000000.${id!}`,
      `2026-11-24 25:00:00.000000.${id!}`,
      `0000-01-01 00:00:00.000000.${id!}`,
      "' or 1=1",
      `${id!} `,
    ];
    for (const key of keys) {
      const cursor = Buffer.from(key).toString('base64url');
      const slice = await read({ first: 3, after: cursor });
      assert.ok('code' in slice && slice.code === 'INVALID', key);
      assert.match(slice.message, /is no cursor of this list/);
    }
  });
}
