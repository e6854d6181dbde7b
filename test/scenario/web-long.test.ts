// A long conversation on the page in real Chromium: only what is near the window is there, nothing jumps when messages come or go
// above it, none is missing, and what somebody writes or holds stays. `node test/scenario/web-long.ts` measures it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { writeLongConversation } from '../harness/long-conversation.ts';
import { createWebWorld, launchChromium, watchConsole, type WebWorld } from './web-world.ts';

const messages = 300;
/** Of an article, what the page shows beside its text. */
const numberOf = String.raw`(article) => Number(/(?:Wish|Reply) (\d+)/.exec(article.innerText)?.[1])`;

let web: WebWorld;
let worker: AsyncDisposable;
let browser: Browser;
let page: Page;
let problems: readonly string[];

before(async () => {
  [web, browser] = await Promise.all([createWebWorld(), launchChromium()]);
  worker = web.work();
  const id = await writeLongConversation(web.world, messages);
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, reducedMotion: 'reduce' });
  page = await context.newPage();
  page.setDefaultTimeout(30_000);
  problems = watchConsole(page);
  await page.goto(`${web.url}/conversations/${id}`);
  await page.getByText(`Reply ${messages}.`).waitFor();
});
after(async () => {
  await browser.close();
  await worker[Symbol.asyncDispose]();
  await web[Symbol.asyncDispose]();
});

/** One jump to where something far away is. */
const goTo = (place: 'top' | 'end'): Promise<unknown> =>
  page.evaluate(`document.querySelector('.scroller').scrollTop = ${place === 'top' ? 0 : 1e9}`);
const articles = (): Locator => page.getByRole('article');

interface Seen {
  readonly numbers: readonly number[];
  /** Pixels that an article in view moved by beside what was scrolled. */
  readonly jumps: readonly number[];
  readonly mostArticles: number;
}

/** Scrolls by so many pixels a frame until nothing moves and the first or last message is there. */
const read = (stepPx: number, last: number): Promise<Seen> =>
  page.evaluate(`(async () => {
    const scroller = document.querySelector('.scroller');
    const numberOf = ${numberOf};
    const seen = new Set();
    const jumps = [];
    let mostArticles = 0;
    const frame = () => new Promise(requestAnimationFrame);
    for (let still = 0; still < 5; await frame()) {
      const all = [...document.querySelectorAll('article')];
      mostArticles = Math.max(mostArticles, all.length);
      const { top, bottom } = scroller.getBoundingClientRect();
      const inView = all.filter((each) => {
        const box = each.getBoundingClientRect();
        return box.bottom > top && box.top < bottom;
      });
      for (const each of inView) seen.add(numberOf(each));
      const held = inView[0];
      const [heldTop, before] = [held?.getBoundingClientRect().top, scroller.scrollTop];
      scroller.scrollTop += ${stepPx};
      const moved = scroller.scrollTop - before;
      await frame();
      if (held?.isConnected) jumps.push(heldTop - moved - held.getBoundingClientRect().top);
      still = moved === 0 && seen.has(${last}) ? still + 1 : 0;
    }
    return { numbers: [...seen], jumps, mostArticles };
  })()`);

test('whoever waits at the top for earlier messages stays with what they read when these come', async () => {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/graphql', async (route) => {
    await released;
    await route.continue();
  });
  const asked = page.waitForRequest('**/graphql');
  await goTo('top');
  await asked;
  const number = Number(/Wish (\d+)/.exec(await articles().first().innerText())?.[1]);
  const held = page.getByText(`Wish ${number}`, { exact: true });
  const topPx = async (): Promise<number> => (await held.boundingBox())!.y;
  const heldPx = await topPx();
  release();
  await page.getByText(`Reply ${number - 1}.`).waitFor({ state: 'attached' });
  await page.evaluate(
    'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))',
  );
  assert.ok(Math.abs((await topPx()) - heldPx) < 2, 'what was read moved');
  await page.unroute('**/graphql');
  await goTo('end');
});

test('is read to its beginning and back without a jump, and only what is near is there', async () => {
  for (const { step, end } of [
    { step: -400, end: 1 },
    { step: 400, end: messages },
  ]) {
    const { numbers, jumps, mostArticles } = await read(step, end);
    assert.deepEqual(
      numbers.toSorted((a, b) => a - b),
      Array.from({ length: messages }, (_, i) => i + 1),
    );
    assert.ok(jumps.length > 50);
    assert.deepEqual(
      jumps.filter((px) => Math.abs(px) > 1),
      [],
      'what was read moved',
    );
    assert.ok(mostArticles < 120, `${mostArticles} messages were there at once`);
  }
  assert.ok((await articles().count()) < 60);
});

test('a picture that was seen is there at once when one comes back to it', async () => {
  await goTo('top');
  await articles().filter({ hasText: 'Reply 8.' }).locator('.plate-layer:not(.soft)').waitFor();
  await goTo('end');
  await page.getByText('Reply 8.').waitFor({ state: 'detached' });
  await goTo('top');
  await page.getByText('Reply 8.').waitFor();
  assert.equal(await articles().filter({ hasText: 'Reply 8.' }).locator('.plate-layer.final, .soft').count(), 0);
});

test('whoever reads the end stays there, also when more comes in the moment of scrolling', async () => {
  await goTo('end');
  await page.getByText(`Reply ${messages}.`).waitFor();
  const fromEnd = await page.evaluate<number>(`(async () => {
    const frame = () => new Promise(requestAnimationFrame);
    const scroller = document.querySelector('.scroller');
    await frame();
    await frame();
    await new Promise((resolve) => setTimeout(resolve)); // between frames: the next one begins with the scroll event
    const more = document.createElement('div');
    more.style.height = '700px';
    scroller.scrollTop -= 5;
    scroller.firstElementChild.append(more);
    await frame();
    await frame();
    await frame();
    const left = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
    more.remove();
    return left;
  })()`);
  assert.ok(fromEnd < 2, `${fromEnd} pixels are below`);
});

test('what is being written and what has the focus stays while one looks elsewhere', async () => {
  await goTo('top');
  await page.getByText('Wish 1', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Reword' }).first().click();
  const rewording = page.getByRole('textbox', { name: 'Reword your message' });
  await rewording.fill('Wish 1, said otherwise');
  await page.getByRole('textbox', { name: 'Your message', exact: true }).focus();
  await goTo('end');
  await page.getByText(`Reply ${messages}.`).waitFor();
  await page.getByText('Reply 101.').waitFor({ state: 'detached' });
  assert.equal(await rewording.inputValue(), 'Wish 1, said otherwise');
  await rewording.press('Escape');
});

test('a message that is sent from above is shown, and everything before it is still there', async () => {
  await goTo('top');
  await page.getByText('Wish 1', { exact: true }).waitFor();
  const box = page.getByRole('textbox', { name: 'Your message', exact: true });
  await box.fill('one more');
  await box.press('Enter');
  await page.getByText('one more', { exact: true }).waitFor();
  await page.locator('article[aria-busy="false"]').last().getByRole('button', { name: 'Answer anew' }).waitFor();
  assert.ok(
    await page.evaluate(
      '(() => { const s = document.querySelector(".scroller"); return s.scrollHeight - s.scrollTop - s.clientHeight < 2; })()',
    ),
  );
  assert.equal(await page.getByRole('button', { name: 'Earlier messages' }).count(), 0);
  await goTo('top');
  await page.getByText('Wish 1', { exact: true }).waitFor();
  assert.deepEqual(problems, []);
});
