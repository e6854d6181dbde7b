// The page in real Chromium, over the real server and recorded functions: what a person sees, does, loses and gets back.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { recordedDiffusion, recordedLlm, recordedText } from '../recordings/recorded-function.ts';
import { findSerious } from './find-serious.ts';
import { createWebWorld, launchChromium, watchConsole, type WebWorld } from './web-world.ts';

/** Where the functions wait until they are let go. */
interface Gate {
  readonly llm?: number;
  readonly diffusion?: number;
  readonly opened: Promise<void>;
}

let web: WebWorld;
let worker: AsyncDisposable;
let browser: Browser;
let page: Page;
let problems: readonly string[];
let gate: Gate | undefined;
const requested = new Set<string>();

before(async () => {
  [web, browser] = await Promise.all([createWebWorld(), launchChromium()]);
  worker = web.work({
    llm: recordedLlm({ before: (now) => (now === gate?.llm ? gate.opened : undefined) }),
    diffusion: recordedDiffusion({ before: (now) => (now === gate?.diffusion ? gate.opened : undefined) }),
  });
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, acceptDownloads: true });
  page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on('request', (request) => requested.add(new URL(request.url()).hostname));
  problems = watchConsole(page);
  await page.goto(web.url);
});
after(async () => {
  await browser.close();
  await worker[Symbol.asyncDispose]();
  await web[Symbol.asyncDispose]();
});
afterEach(() => {
  gate = undefined;
});

function hold(where: Omit<Gate, 'opened'>): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  gate = { ...where, opened: promise };
  return () => {
    gate = undefined;
    resolve();
  };
}

const box = (): Locator => page.getByRole('textbox', { name: 'Your message' });
const replies = (): Locator => page.getByRole('article', { name: 'Reply' });
const tell = async (reply: Locator): Promise<string> => (await reply.locator('.told').allTextContents()).join(' ');
const wholeText = `${recordedText.before} ${recordedText.after.trim()}`;

async function say(text: string): Promise<Locator> {
  const count = await replies().count();
  await box().fill(text);
  await box().press('Enter');
  const reply = replies().nth(count);
  await reply.waitFor();
  return reply;
}
async function ended(reply: Locator): Promise<void> {
  await reply.getByRole('button', { name: 'Answer anew' }).waitFor();
}
const newStory = (): Promise<void> => page.getByRole('link', { name: 'New story' }).click();

describe('the page', () => {
  test('names the model, and turns an example into text and a picture without a jump', async () => {
    await page.getByText('draws picture-book scenes').waitFor();
    const open = hold({ diffusion: 8 });
    await page.getByRole('button', { name: 'A pink pig in the forest' }).click();
    await page.waitForURL(/\/conversations\/cnv_/);
    const reply = replies().first();
    await reply.getByText(/Drawing: step \d+ of 12/).waitFor();
    await reply.locator('.plate-layer').first().waitFor();
    assert.equal(await tell(reply), wholeText, 'text goes on while the picture is drawn');
    const boxes = () =>
      Promise.all([reply.locator('.plate').boundingBox(), reply.locator('.told').last().boundingBox()]);
    const whileDrawing = await boxes();
    open();
    const picture = reply.getByRole('img', { name: /pink pig/i });
    await picture.waitFor();
    await ended(reply);
    assert.deepEqual(await boxes(), whileDrawing, 'nothing moved when the picture arrived');
    assert.ok((await picture.evaluate((image: { naturalWidth: number }) => image.naturalWidth)) > 0);
    await page.getByRole('navigation').getByRole('link', { name: 'A pink pig in the forest' }).waitFor();
    assert.equal(await page.title(), 'A pink pig in the forest · gill');
  });

  test('survives a reload in the middle of a reply, word for word', async () => {
    const open = hold({ llm: 5 });
    const reply = await say('and a friend');
    await reply.getByText('Here is a').waitFor();
    const before = await tell(reply);
    await page.reload();
    const again = replies().nth(1);
    await again.getByText('Here is a').waitFor();
    assert.equal(await tell(again), before);
    await again.getByText(/Writing/).waitFor();
    open();
    await ended(again);
    assert.equal(await tell(again), wholeText);
    assert.equal(await replies().count(), 2);
  });

  test('survives a server that stops and comes back, word for word', async () => {
    const open = hold({ llm: 4 });
    const reply = await say('once more');
    await reply.getByText('Here is').waitFor();
    await web.stopServer();
    await reply.getByText('The connection was lost').waitFor();
    open();
    await web.startServer();
    await ended(reply);
    assert.equal(await tell(reply), wholeText);
    assert.equal(await replies().count(), 3);
  });

  test('keeps the words when the server is away', async () => {
    await newStory();
    await web.stopServer();
    await box().fill('nobody hears this');
    await box().press('Enter');
    await page.getByRole('alert').getByText('The server does not answer').waitFor();
    assert.equal(await box().inputValue(), 'nobody hears this');
    await web.startServer();
    await box().press('Enter');
    await ended(replies().first());
    assert.equal(await replies().count(), 1);
  });

  test('stops a reply and keeps its text; answers anew; switches between answers and wordings', async () => {
    await newStory();
    const open = hold({ llm: 5 });
    const reply = await say('a red fox');
    await reply.getByText('Here is a').waitFor();
    await reply.getByRole('button', { name: 'Stop', exact: true }).click();
    await reply.getByText('Stopped. What was said so far is kept.').waitFor();
    const kept = await tell(reply);
    assert.ok(kept.length > 0 && wholeText.startsWith(kept));
    open();

    await reply.getByRole('button', { name: 'Answer anew' }).click();
    await reply.getByText('2 of 2').waitFor();
    await ended(reply);
    assert.equal(await tell(reply), wholeText);
    await say('and its house').then(ended);
    await replies().first().getByRole('button', { name: 'Previous answer' }).click();
    await page.getByText('1 of 2').waitFor();
    assert.equal(await tell(replies().first()), kept);
    assert.equal(await replies().count(), 1);
    await page.getByRole('button', { name: 'Next answer' }).click();
    await page.getByText('and its house', { exact: true }).waitFor();
    assert.equal(await replies().count(), 2, 'the other branch comes back whole');

    await page.getByRole('button', { name: 'Reword' }).first().click();
    await page.getByRole('textbox', { name: 'Reword your message' }).fill('a blue fox');
    await page.keyboard.press('Enter');
    const said = page.getByRole('article', { name: 'Your message' }).first();
    await said.getByText('a blue fox').waitFor();
    await said.getByText('2 of 2').waitFor();
    await ended(replies().first());
    assert.equal(await replies().count(), 1);
    await said.getByRole('button', { name: 'Previous wording' }).click();
    await said.getByText('a red fox').waitFor();
    await page.getByText('and its house', { exact: true }).waitFor();
    assert.equal(await replies().count(), 2);
  });

  test('shows a picture’s card by keyboard alone, and gives the file', async () => {
    const card = replies().last().getByRole('button', { name: 'Card' });
    await card.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/^\d{5,20}$/).waitFor();
    await dialog.getByText('storybook').waitFor();
    await dialog.getByText('flow-euler, 12 steps, guidance 3').waitFor();
    await serious('the card');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: 'Download' }).click(),
    ]);
    assert.match(download.suggestedFilename(), /^img_.+\.png$/);
    assert.equal(
      readFileSync(await download.path())
        .subarray(1, 4)
        .toString(),
      'PNG',
    );
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.ok(
      await card.evaluate(
        (button: { ownerDocument: { activeElement: unknown } }) => button.ownerDocument.activeElement === button,
      ),
    );
  });

  test('renames, finds and deletes by keyboard alone', async () => {
    const list = page.getByRole('navigation');
    await list.getByRole('link', { name: 'a red fox' }).focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.type('The fox and its house');
    await page.keyboard.press('Enter');
    await list.getByRole('link', { name: 'The fox and its house' }).waitFor();
    await page.getByRole('heading', { level: 1, name: 'The fox and its house' }).waitFor();
    const count = await list.getByRole('listitem').count();
    assert.equal(count, 3);
    await page.getByRole('searchbox').fill('HOUSE');
    assert.equal(await list.getByRole('listitem').count(), 1);
    await list.getByRole('button', { name: 'Delete The fox and its house' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('What shall we draw?').waitFor();
    await page.getByRole('searchbox').fill('');
    await list.getByRole('link', { name: 'A pink pig in the forest' }).waitFor();
    assert.equal(await list.getByRole('listitem').count(), 2);
    assert.equal(new URL(page.url()).pathname, '/');
  });

  test('opens a deep link, and says so where there is nothing', async () => {
    await page.getByRole('link', { name: 'A pink pig in the forest' }).click();
    const link = page.url();
    await page.goto(link);
    await replies().nth(2).waitFor();
    await page.goBack();
    await page.goto(`${web.url}/conversations/cnv_AAAAAAAAAAAAAAAAAAAAAA`);
    await page.getByText('There is no such conversation').waitFor();
    await page.goto(link);
    await replies().nth(2).waitFor();
  });

  test('shows the GraphQL behind each click, and only what was sent', async () => {
    await page.getByRole('button', { name: 'GraphQL' }).click();
    const panel = page.getByRole('complementary');
    await panel.getByText('Dialogue', { exact: true }).first().click();
    await panel.getByText('query Dialogue($id: ID!').waitFor();
    await serious('the panel');
    await panel.getByRole('button', { name: 'Close the panel' }).click();
  });

  test('axe finds nothing serious, in light and dark, wide and narrow', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await serious(`a dialogue, ${colorScheme}`);
    }
    await page.setViewportSize({ width: 390, height: 780 });
    await page.goto(web.url);
    await page.getByText('What shall we draw?').waitFor();
    await serious('the first screen on a phone');
    await page.getByRole('button', { name: 'Conversations' }).click();
    await page.getByRole('link', { name: 'A pink pig in the forest' }).waitFor();
    await serious('the list on a phone');
    assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), 'the page scrolls sideways');
  });

  test('asks for a token where the server wants one, and goes on with it over every door', async () => {
    await using guarded = await createWebWorld(new Map([['correct-horse-battery-staple-1', 'ada']]));
    await using _worker = guarded.work();
    await page.setViewportSize({ width: 1200, height: 800 });
    await page.goto(guarded.url);
    await page.getByText('This server asks who you are').waitFor();
    await serious('the question for a token');
    await page.getByLabel('Token').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('this token is not known').waitFor();
    await page.getByLabel('Token').fill('correct-horse-battery-staple-1');
    await page.keyboard.press('Enter');
    await say('a red fox').then(ended);
    assert.equal(await tell(replies().first()), wholeText);
    await page.goto('about:blank');
  });

  test('fetched nothing from elsewhere, and its console shows nothing but the server’s absence', () => {
    assert.deepEqual([...requested], ['127.0.0.1']);
    assert.deepEqual(
      problems.filter(
        (text) =>
          !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY|WebSocket connection|401 \(Unauthorized\)/.test(
            text,
          ),
      ),
      [],
    );
  });
});

describe('how the page is served', () => {
  test('under a policy that allows no inline code, and names the store', async () => {
    for (const path of ['/', '/conversations/cnv_AAAAAAAAAAAAAAAAAAAAAA']) {
      const response = await fetch(web.url + path);
      const policy = response.headers.get('content-security-policy')!;
      assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
      assert.match(policy, /img-src 'self' data: blob: http:\/\/127\.0\.0\.1:\d+;/);
      assert.doesNotMatch(policy, /unsafe|\*/);
      assert.equal(response.headers.get('cache-control'), 'no-cache');
      const html = await response.text();
      assert.doesNotMatch(html, /<script(?! type="module" crossorigin src)|<style| on\w+=/);
      const etag = response.headers.get('etag')!;
      assert.equal((await fetch(web.url + path, { headers: { 'if-none-match': etag } })).status, 304);
    }
  });

  test('files with a hash in their names for ever; nothing that is not in web/dist', async () => {
    const html = await (await fetch(web.url)).text();
    const names = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, name]) => name!);
    assert.equal(names.length, 3);
    for (const name of names) {
      const response = await fetch(web.url + name);
      assert.equal(response.status, 200);
      assert.match(response.headers.get('cache-control')!, /immutable/);
      assert.ok((await response.arrayBuffer()).byteLength > 100);
    }
    for (const path of ['/assets/..%2f..%2fpackage.json', '/assets/none.js', '/licences.md', '/package.json'])
      assert.equal((await fetch(web.url + path)).status, 404, path);
  });
});

async function serious(where: string): Promise<void> {
  assert.deepEqual(await findSerious(page), [], where);
}
