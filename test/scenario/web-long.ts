// Measures a conversation of 2,000 messages, or as many as are asked for, on the page: `node test/scenario/web-long.ts`. Loads all of it by scrolling up,
// then scrolls through it and counts what the browser drew late.
import { cpus } from 'node:os';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { toPublicId } from '../../core/ids.ts';
import { createWebWorld, launchChromium } from './web-world.ts';

const messages = Number(process.argv[2] ?? 2_000);
/** A frame that took longer was late: two frames of a 60 Hz screen. */
const lateMs = 34;

await using web = await createWebWorld();
const conversationId = await write();
const browser = await launchChromium();
const page = await (await browser.newContext({ viewport: { width: 1200, height: 800 } })).newPage();
const articles = page.locator('article');

const startedAt = performance.now();
await page.goto(`${web.url}/conversations/${toPublicId('conversation', conversationId)}`);
await page.getByText(`Reply ${messages}.`).waitFor();
console.log(`newest messages shown after ${(performance.now() - startedAt).toFixed(0)} ms`);

const loadedAt = performance.now();
while ((await articles.count()) < messages) {
  const before = await articles.count();
  await page.evaluate('document.querySelector(".scroller").scrollTop = 0');
  while ((await articles.count()) === before) await page.evaluate('new Promise(requestAnimationFrame)');
}
console.log(`all ${messages} loaded by scrolling up after ${((performance.now() - loadedAt) / 1000).toFixed(1)} s`);

const frames = await page.evaluate<number[]>(`new Promise((resolve) => {
  const scroller = document.querySelector('.scroller');
  const times = [];
  let last = performance.now();
  scroller.scrollTop = 0;
  requestAnimationFrame(function step(now) {
    times.push(now - last);
    last = now;
    const before = scroller.scrollTop;
    scroller.scrollTop += 200;
    if (scroller.scrollTop === before) scroller.scrollTop = 0;
    if (times.length === 600) resolve(times);
    else requestAnimationFrame(step);
  });
})`);
const sorted = frames.slice(1).sort((a, b) => a - b);
const at = (share: number): string => sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(1);
console.log(`600 frames of 200 pixels each: median ${at(0.5)} ms, 95 % ${at(0.95)} ms, longest ${at(1)} ms`);
console.log(`late frames (over ${lateMs} ms): ${sorted.filter((time) => time > lateMs).length} of 600`);
console.log(`on ${cpus().length} × ${cpus()[0]!.model}, Chromium ${browser.version()} without a GPU`);
await browser.close();

/** One conversation of alternating messages, written at once. @returns the conversation's id */
async function write(): Promise<string> {
  const { db, viewerId } = web.world;
  const conversation = uuidv7();
  const ids = Array.from({ length: messages }, () => uuidv7());
  await db
    .insertInto('conversation')
    .values({ id: conversation, viewer_id: viewerId, title: 'A long story', active_leaf_id: ids.at(-1)! })
    .execute();
  for (let from = 0; from < messages; from += 500) {
    const page = ids.slice(from, from + 500).map((id, offset) => ({ id, index: from + offset }));
    await db
      .insertInto('message')
      .values(
        page.map(({ id, index }) => ({
          id,
          conversation_id: conversation,
          role: index % 2 === 0 ? ('user' as const) : ('assistant' as const),
          parent_id: ids[index - 1] ?? null,
          status: 'COMPLETED' as const,
          options: index % 2 === 0 ? null : '{}',
          finished_at: new Date(),
        })),
      )
      .execute();
    await db
      .insertInto('part')
      .values(
        page.map(({ id, index }) => ({
          message_id: id,
          part_index: 0,
          kind: 'text' as const,
          text:
            index % 2 === 0
              ? `Wish ${index + 1}`
              : `Reply ${index + 1}. ${'Once upon a time there was a fox. '.repeat(1 + (index % 7))}`,
          image_id: null,
        })),
      )
      .execute();
    const replies = page.filter(({ index }) => index % 2 === 1);
    await db
      .insertInto('stream')
      .values(replies.map(({ id }) => ({ message_id: id, last_n: 2 })))
      .execute();
  }
  await sql`analyze`.execute(db); // as the database itself does a little later
  return conversation;
}
