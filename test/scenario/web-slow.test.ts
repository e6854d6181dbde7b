// The page on a slow network, and one that loses answers: what was said is said once, whatever the viewer does meanwhile, and
// nothing that they wrote or chose since is overwritten.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import type { Browser, Locator, Page, Request, Route } from 'playwright-core';
import { createWebWorld, launchChromium, watchConsole, type WebWorld } from './web-world.ts';

const picture = path.join(import.meta.dirname, '../../docs/images/dialogue-3.png');

let web: WebWorld;
let worker: AsyncDisposable;
let browser: Browser;
let page: Page;
let problems: readonly string[];

before(async () => {
  [web, browser] = await Promise.all([createWebWorld(), launchChromium()]);
  worker = web.work();
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, reducedMotion: 'reduce' });
  page = await context.newPage();
  page.setDefaultTimeout(20_000);
  problems = watchConsole(page);
});
after(async () => {
  await browser.close();
  await worker[Symbol.asyncDispose]();
  await web[Symbol.asyncDispose]();
});
afterEach(() => page.unroute('**/graphql'));

interface Asked {
  readonly query: string;
  readonly variables: { readonly leafId?: string | null; readonly input?: { readonly idempotencyKey?: string } };
}
const askedIn = (request: Request): Asked => request.postDataJSON() as Asked;

/** Gives one operation, if it fits, to a handler; all others go their way. */
const meet = (name: string, handle: (route: Route, asked: Asked) => Promise<void>, fits = (_: Asked) => true) =>
  page.route('**/graphql', async (route) => {
    const asked = askedIn(route.request());
    if (new RegExp(String.raw`(query|mutation) ${name}\b`).test(asked.query) && fits(asked)) await handle(route, asked);
    else await route.continue();
  });

/** Holds one operation until it is let go. @returns whether it came, and what lets it go */
async function hold(name: string, fits?: (asked: Asked) => boolean) {
  const [came, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await meet(
    name,
    async (route) => {
      came.resolve();
      await released.promise;
      await route.continue();
    },
    fits,
  );
  return { came: came.promise, release: released.resolve };
}

const box = (): Locator => page.getByRole('textbox', { name: 'Your message', exact: true });
const replies = (): Locator => page.getByRole('article', { name: 'Reply' });
const said = (text: string): Locator => page.getByRole('main').getByText(text, { exact: true });
const listed = (title: string): Locator => page.getByRole('navigation').getByRole('link', { name: title, exact: true });
const attached = (): Locator => page.getByRole('list', { name: 'Pictures that go with it' }).getByRole('listitem');
const newStory = (): Promise<void> => page.getByRole('link', { name: 'New story' }).click();
const ended = (place: number): Promise<void> =>
  replies().nth(place).getByRole('button', { name: 'Answer anew' }).waitFor();
async function open(): Promise<void> {
  await page.goto(web.url);
  await page.getByText('draws picture-book scenes').waitFor();
}
async function write(text: string): Promise<void> {
  await box().fill(text);
  await box().press('Enter');
}
const countTold = async (text: string): Promise<number> => {
  const rows = await web.world.db.selectFrom('part').select('text').where('text', '=', text).execute();
  return rows.length;
};

test('a message goes on when the viewer goes elsewhere, and its conversation comes into the list', async () => {
  await open();
  const { came, release } = await hold('SendMessage');
  await write('a walrus on a rock');
  await came;
  await newStory();
  await page.getByText('What shall we draw?').waitFor();
  assert.equal(await page.getByRole('status').getByText('Sent.').count(), 0, 'it is not there yet');
  release();
  await listed('a walrus on a rock').click();
  await ended(0);
  assert.equal(await countTold('a walrus on a rock'), 1);
});

test('a message that fails after the viewer went elsewhere is told of, and can be sent again', async () => {
  await open();
  await meet('SendMessage', (route) => route.abort());
  await write('a lonely seal');
  await newStory();
  await page.getByText('What shall we draw?').waitFor();
  const alert = page.getByRole('alert').filter({ hasText: '“a lonely seal” was not sent' });
  await alert.waitFor();
  await page.unroute('**/graphql');
  await alert.getByRole('button', { name: 'Send again' }).click();
  await listed('a lonely seal').waitFor();
  assert.equal(await page.getByRole('alert').count(), 0);
  assert.equal(await countTold('a lonely seal'), 1);
});

test('words whose answer was lost are said once, however often they are sent', async () => {
  await open();
  const keys = new Set<string>();
  let isFirst = true;
  await meet('SendMessage', async (route, { variables }) => {
    keys.add(variables.input!.idempotencyKey!);
    if (isFirst) await route.fetch();
    isFirst = false;
    await route.abort();
  });
  await write('a narwhal at sea');
  await page.getByRole('alert').getByText('The server does not answer').waitFor();
  await page.unroute('**/graphql');
  const again = page.waitForRequest((request) => (request.postData() ?? '').includes('mutation SendMessage'));
  await box().press('Enter');
  keys.add(askedIn(await again).variables.input!.idempotencyKey!);
  await ended(0);
  assert.equal(keys.size, 1);
  assert.equal(await countTold('a narwhal at sea'), 1);
  assert.equal(await box().inputValue(), '');

  await write('a narwhal at sea');
  await ended(1);
  assert.equal(await countTold('a narwhal at sea'), 2, 'said again on purpose, it is another message');
});

test('words that are written while a message fails stay, and so does the message', async () => {
  await open();
  const failing = Promise.withResolvers<void>();
  await meet('SendMessage', async (route) => {
    await failing.promise;
    await route.abort();
  });
  await write('the first words');
  await box().fill('and more words');
  failing.resolve();
  await page.getByRole('alert').getByText('The server does not answer').waitFor();
  assert.equal(await box().inputValue(), 'the first words\nand more words');
  await page.getByRole('link', { name: 'Gallery' }).click();
  await page.getByRole('heading', { level: 1, name: 'Gallery' }).waitFor();
  await page.goBack();
  assert.equal(await box().inputValue(), 'the first words\nand more words', 'also after a look at the gallery');
});

test('a picture that is added while a message is on its way goes with the next one', async () => {
  await open();
  const { came, release } = await hold('SendMessage');
  await write('a hat for a bear');
  await came;
  await page.getByLabel('Picture files').setInputFiles(picture);
  await attached().locator('img').waitFor();
  release();
  await ended(0);
  assert.equal(await attached().count(), 1);
});

test('an answer that comes late replaces nothing that was asked for since', async () => {
  await open();
  await write('a fox in the snow');
  await ended(0);
  await replies().first().getByRole('button', { name: 'Answer anew' }).click();
  await replies().first().getByText('2 of 2').waitFor();
  await ended(0);
  let isFirst = true;
  const { came, release } = await hold('Dialogue', () => isFirst && !(isFirst = false));
  await page.getByRole('button', { name: 'Previous answer' }).click();
  await came;
  await write('and a friend of the fox');
  await said('and a friend of the fox').waitFor();
  await ended(1);
  const late = page.waitForResponse((response) => (response.request().postData() ?? '').includes('query Dialogue'));
  release();
  await late;
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  assert.equal(await said('and a friend of the fox').count(), 1);
  assert.equal(await replies().count(), 2);
});

test('the console shows nothing but requests that the network lost', () => {
  assert.deepEqual(
    problems.filter((text) => !text.includes('net::ERR_FAILED')),
    [],
  );
});
