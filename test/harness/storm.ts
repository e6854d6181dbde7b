// Forty messages, three workers that are stopped at random in the middle of others, and bells that lie. Whatever the database
// and the bells are: every message ends once, and its log has no gap.
import assert from 'node:assert/strict';
import type { Bus } from '../../infra/bus/bus.ts';
import { readMessages } from '../../infra/database/read-messages.ts';
import { ensureViewer } from '../../infra/database/viewers.ts';
import { recordedText } from '../recordings/recorded-function.ts';
import { eventually } from './eventually.ts';
import type { World } from './world.ts';

/** @param hear the bells of one worker, its own for as long as it lives */
export async function storm(world: World, random: () => number, hear: () => Bus): Promise<void> {
  // of two viewers: one may not have as many pictures to come
  const viewerIds = [world.viewerId, (await ensureViewer(world.db, 'bob')).id];
  const conversations = await Promise.all(
    Array.from({ length: 10 }, async (_, i) => {
      const viewerId = viewerIds[i % 2]!;
      return { viewerId, ...(await world.send({ viewerId })) };
    }),
  );
  const replies = conversations.map(({ viewerId, replyId }) => ({ viewerId, replyId }));
  for (let turn = 0; turn < 3; turn++)
    for (const { viewerId, conversationId } of conversations)
      replies.push({ viewerId, replyId: (await world.send({ viewerId, conversationId })).replyId });

  const open = async (): Promise<number> => {
    const { count } = await world.db
      .selectFrom('message')
      .select(({ fn }) => fn.countAll<string>().as('count'))
      .where('status', 'in', ['QUEUED', 'RUNNING'])
      .executeTakeFirstOrThrow();
    return Number(count);
  };
  const lives = Array.from({ length: 3 }, async () => {
    for (let life = 0; (await open()) > 0; life++) {
      await using bus = hear();
      await using _worker = world.work({ bus, slots: { reply: 4, image: 2 } });
      const before = await open();
      // lives on for a few messages, then is stopped in the middle of others
      await eventually(
        async () => (await open()) <= before - 1 - Math.floor(random() * 4) || (await open()) === 0,
        60_000,
      );
    }
  });
  await Promise.all(lives);
  for (const { viewerId, replyId } of replies) {
    const reply = (await readMessages(world.db, viewerId, [replyId])).get(replyId);
    assert.ok(reply?.status === 'COMPLETED');
    const texts = reply.parts.filter((part) => part.kind === 'text').map((part) => part.text);
    assert.deepEqual(texts, [recordedText.before, recordedText.after]);
    assert.equal(reply.parts.length, 3);
    const log = await world.db
      .selectFrom('event')
      .select(['n', 'body'])
      .where('message_id', '=', replyId)
      .orderBy('n')
      .execute();
    assert.deepEqual(
      log.map(({ n }) => n),
      log.map((_, i) => i + 1),
      'the log has a gap',
    );
    assert.equal(log.filter(({ body }) => body.includes('"done"')).length, 1);
  }
}
