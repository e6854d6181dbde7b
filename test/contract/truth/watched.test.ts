// What tails read: of many messages and conversations at once what each would be told alone, and of no one else's.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AppError } from '../../../core/app-error.ts';
import { newId } from '../../../core/ids.ts';
import { beginReply } from '../../../infra/database/begin.ts';
import { deleteConversation } from '../../../infra/database/conversations.ts';
import { appendEvents } from '../../../infra/database/event-log.ts';
import { claimJob } from '../../../infra/database/jobs.ts';
import { readRecentMessages } from '../../../infra/database/read-conversations.ts';
import { readStreams, type StreamState } from '../../../infra/database/read-stream.ts';
import { ensureViewer } from '../../../infra/database/viewers.ts';
import { createWorld, type World } from '../../harness/world.ts';

let world: World;
before(async () => (world = await createWorld()));
after(() => world[Symbol.asyncDispose]());

const text = (offset: number, words: string) => ({ type: 'text', partIndex: 0, offset, text: words }) as const;

async function streams(wanted: readonly (readonly [messageId: string, afterN: number])[]) {
  const found = await readStreams(
    world.db,
    wanted.map(([messageId, afterN]) => ({ messageId, afterN })),
  );
  return found.map((each) => (each instanceof AppError || !each ? each : shown(each)));
}
const shown = ({ status, lastN, events, activity }: StreamState) => ({
  status,
  lastN,
  events: events.map(({ n }) => n),
  place: activity?.phase === 'QUEUED' ? activity.position : undefined,
});

test('messages that run, wait, are gone or never were, each behind its own cursor', async () => {
  const running = await world.send();
  const { id } = await world.db
    .selectFrom('job')
    .select('id')
    .where('message_id', '=', running.replyId)
    .executeTakeFirstOrThrow();
  const job = await claimJob(world.db, id, newId(), 60_000);
  assert.ok(job && (await beginReply(world.db, job, running.replyId)) === 'held');
  await appendEvents(world.db, job, running.replyId, [text(0, 'a '), text(2, 'red '), text(6, 'fox')]);
  const [first, second, third] = [await world.send(), await world.send(), await world.send()];
  await deleteConversation(world.db, { viewerId: world.viewerId, conversationId: third.conversationId });
  const never = newId();

  const run = (events: number[]) => ({ status: 'RUNNING', lastN: 3, events, place: undefined });
  const waits = (place: number) => ({ status: 'QUEUED', lastN: 0, events: [], place });
  assert.deepEqual(
    await streams([
      [second.replyId, 0],
      [running.replyId, 1],
      [third.replyId, 0],
      [first.replyId, 0],
      [never, 7],
    ]),
    [waits(2), run([2, 3]), undefined, waits(1), undefined],
  );
  for (const [afterN, events] of [
    [0, [1, 2, 3]],
    [2, [3]],
    [3, []],
  ] as const)
    // prettier-ignore
    assert.deepEqual(await streams([[running.replyId, afterN]]), [run([...events])]);
  assert.deepEqual(await streams([]), []);
  // one tail has gone while its look waited, and another has come: both are answered, each behind its own
  const twice = [0, 0, 2].map((afterN) => [running.replyId, afterN] as const);
  assert.deepEqual(await streams(twice), [run([1, 2, 3]), run([1, 2, 3]), run([3])]);
});

test('more logs than one answer holds are read whole', async () => {
  const sent = await Promise.all(Array.from({ length: 12 }, () => world.send()));
  const body = JSON.stringify(text(0, 'a'));
  for (const { replyId } of sent) {
    const rows = Array.from({ length: 600 }, (_, i) => ({ message_id: replyId, n: i + 1, body }));
    await world.hands.insertInto('event').values(rows).execute();
    await world.hands.updateTable('stream').set({ last_n: 600 }).where('message_id', '=', replyId).execute();
  }
  const found = await readStreams(
    world.db,
    sent.map(({ replyId }, i) => ({ messageId: replyId, afterN: i })),
  );
  for (const [i, each] of found.entries()) {
    assert.ok(each && !(each instanceof AppError));
    assert.deepEqual(
      each.events.map(({ n }) => n),
      Array.from({ length: 600 - i }, (_, k) => i + k + 1),
    );
  }
});

test('a row that cannot be read is its own reader’s trouble: an event, an activity', async () => {
  const sent = [await world.send(), await world.send(), await world.send()];
  const [sound, torn, odd] = sent.map(({ replyId }) => replyId) as [string, string, string];
  for (const messageId of [sound, torn]) {
    const body = messageId === torn ? '{"type":' : JSON.stringify(text(0, 'a'));
    await world.hands.insertInto('event').values({ message_id: messageId, n: 1, body }).execute();
    await world.hands.updateTable('stream').set({ last_n: 1 }).where('message_id', '=', messageId).execute();
  }
  await world.hands.updateTable('message').set({ status: 'RUNNING' }).where('id', '=', odd).execute();
  await world.hands.updateTable('job').set({ state: 'running', activity: '{' }).where('message_id', '=', odd).execute();
  const found = await streams([torn, odd, sound].map((id) => [id, 0]));
  for (const unread of found.slice(0, 2)) assert.ok(unread instanceof AppError && unread.code === 'INTERNAL');
  assert.deepEqual((found[2] as { events: number[] }).events, [1]);
});

test('conversations: the recent messages of each, and nothing of another viewer’s or of one that is gone', async () => {
  const [one, other] = [await world.send(), await world.send()];
  const stranger = await ensureViewer(world.db, 'grace');
  const of = (conversationId: string, viewerId = world.viewerId) => ({ viewerId, conversationId, messageIds: [] });
  const found = await readRecentMessages(world.db, [
    of(other.conversationId),
    of(one.conversationId, stranger.id),
    of(newId()),
    of(one.conversationId),
  ]);
  const ids = found.map((messages) => messages?.map(({ messageId, ended }) => [messageId, ended]));
  const told = ({ messageId, replyId }: typeof one) => [
    [messageId, true],
    [replyId, false],
  ];
  assert.deepEqual(ids, [told(other), undefined, undefined, told(one)]);
});
