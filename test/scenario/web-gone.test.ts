// The page when what it shows changes elsewhere, ends, or cannot be reached: another tab goes on with a conversation or deletes it,
// stopping fails, the list is long and slow. It says so, and shows each thing once.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { v4 as newUuid } from 'uuid';
import { createClient, type Client } from '../../clients/ts/index.ts';
import { deleteConversation } from '../../clients/ts/operations.ts';
import { parsePublicId } from '../../core/ids.ts';
import { eventually } from '../harness/eventually.ts';
import { recordedLlm } from '../recordings/recorded-function.ts';
import { createWebWorld, launchChromium, watchConsole, type WebWorld } from './web-world.ts';

let web: WebWorld;
let worker: AsyncDisposable;
let browser: Browser;
let page: Page;
let problems: readonly string[];
/** Another tab, or another program. */
let other: Client;
let gate: Promise<void> | undefined;

before(async () => {
  [web, browser] = await Promise.all([createWebWorld(), launchChromium()]);
  worker = web.work({ llm: recordedLlm({ before: (now) => (now === 5 ? gate : undefined) }) });
  other = createClient({ url: web.url });
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, reducedMotion: 'reduce' });
  page = await context.newPage();
  page.setDefaultTimeout(20_000);
  problems = watchConsole(page);
});
after(async () => {
  await browser.close();
  await other[Symbol.asyncDispose]();
  await worker[Symbol.asyncDispose]();
  await web[Symbol.asyncDispose]();
});
afterEach(async () => {
  gate = undefined;
  await page.unroute('**/graphql');
});

function holdReplies(): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  gate = promise;
  return resolve;
}
const meet = (name: string, how: 'abort' | { readonly delayMs: number }): Promise<unknown> =>
  page.route('**/graphql', async (route) => {
    const isIt = new RegExp(String.raw`(query|mutation) ${name}\b`).test(route.request().postData() ?? '');
    if (isIt && how === 'abort') return route.abort();
    if (isIt && how !== 'abort') await new Promise((resolve) => setTimeout(resolve, how.delayMs));
    return route.continue();
  });
const box = (): Locator => page.getByRole('textbox', { name: 'Your message', exact: true });
const replies = (): Locator => page.getByRole('article', { name: 'Reply' });
const rows = (): Locator => page.getByRole('navigation').getByRole('listitem');
const ended = (place: number): Promise<void> =>
  replies().nth(place).getByRole('button', { name: 'Answer anew' }).waitFor();
const comeBack = (): Promise<unknown> => page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
const conversationId = (): string => new URL(page.url()).pathname.split('/').at(-1)!;
async function begin(text: string): Promise<void> {
  await page.goto(web.url);
  await box().fill(text);
  await box().press('Enter');
  await page.waitForURL(/\/conversations\/cnv_/);
}

test('a reply whose conversation was deleted is not waited for, and is no longer listed', async () => {
  const release = holdReplies();
  await begin('a red fox');
  await replies().first().getByText('Here is a').waitFor();
  const row = page.getByRole('navigation').getByRole('link', { name: 'a red fox', exact: true });
  await row.waitFor();
  await other.request(deleteConversation, { input: { conversationId: conversationId() } });
  await page.getByText('There is no such conversation').waitFor();
  await row.waitFor({ state: 'detached' });
  assert.equal(await page.locator('[aria-busy="true"]').count(), 0);
  release();
});

test('stopping is tried again, and a stop that fails is told of', async () => {
  const release = holdReplies();
  await begin('a blue owl');
  await replies().first().getByText('Here is a').waitFor();
  await meet('CancelMessage', 'abort');
  let tries = 0;
  page.on('request', (request) => (tries += Number((request.postData() ?? '').includes('mutation CancelMessage'))));
  const stop = replies().first().getByRole('button', { name: 'Stop', exact: true });
  await stop.click();
  await page.getByRole('alert').getByText('It was not stopped').waitFor();
  assert.ok(tries > 1, 'it was tried once');
  await page.unroute('**/graphql');
  await stop.click();
  await replies().first().getByText('Stopped. What was said so far is kept.').waitFor();
  assert.equal(await page.getByRole('alert').count(), 0);
  release();
});

test('two clicks on a slow network make one answer', async () => {
  await begin('a green frog');
  await ended(0);
  await meet('RegenerateMessage', { delayMs: 500 });
  await replies().first().getByRole('button', { name: 'Answer anew' }).dblclick();
  await replies().first().getByText('2 of 2').waitFor();
  await ended(0);
  await page.reload();
  await ended(0);
  const { uuid } = parsePublicId(conversationId())!;
  const made = await web.world.db
    .selectFrom('message')
    .select('id')
    .where('conversation_id', '=', uuid)
    .where('role', '=', 'assistant')
    .execute();
  assert.equal(made.length, 2);
});

test('the gallery is at its address with a slash behind it as well', async () => {
  await page.goto(`${web.url}/gallery/`);
  await page.getByRole('heading', { level: 1, name: 'Gallery' }).waitFor();
});

test('what another tab said is shown when one comes back, and goes before what is said here', async () => {
  await begin('a penguin');
  await ended(0);
  const said = async (text: string): Promise<void> => {
    const parentId = (await replies().last().getAttribute('data-turn'))!;
    const reply = await other.send(text, { conversationId: conversationId(), parentId });
    await reply.finished();
  };
  await said('make it night');
  await comeBack();
  await page.getByRole('main').getByText('make it night', { exact: true }).waitFor();
  await ended(1);
  await said('and let it snow');
  await box().fill('on the beach');
  await box().press('Enter');
  await page.getByRole('main').getByText('on the beach', { exact: true }).waitFor();
  await ended(3);
  assert.deepEqual(await page.locator('article.user .said').allInnerTexts(), [
    'a penguin',
    'make it night',
    'and let it snow',
    'on the beach',
  ]);
  assert.equal(await page.getByText(/of 2/).count(), 0);
});

test('each of many conversations is listed once, and stays when the list is read again', async () => {
  const create = `mutation($input: CreateConversationInput!) { createConversation(input: $input) { conversation { id } } }`;
  for (let n = 0; n < 230; n++) {
    const variables = { input: { title: `zebra ${n}`, idempotencyKey: newUuid() } };
    const body = JSON.stringify({ query: create, variables });
    await fetch(`${web.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  }
  await page.goto(web.url);
  await rows().nth(99).waitFor();
  await meet('Conversations', { delayMs: 300 });
  const older = page.getByRole('button', { name: 'Older ones' });
  const distinct = async (): Promise<number> => new Set(await rows().getByRole('link').allInnerTexts()).size;
  await older.dblclick();
  await rows().nth(199).waitFor();
  const read = (): Promise<unknown> =>
    page.waitForResponse((response) => (response.request().postData() ?? '').includes('query Conversations'));
  await Promise.all([read(), comeBack()]);
  await page.evaluate('new Promise((done) => setTimeout(done, 500))');
  assert.equal(await rows().count(), 200);
  assert.equal(await distinct(), 200);

  await page.reload();
  await rows().nth(99).waitFor();
  await page.getByRole('searchbox').pressSequentially('zebra', { delay: 60 });
  await eventually(async () => (await rows().count()) >= 230);
  await page.evaluate('new Promise((done) => setTimeout(done, 700))');
  assert.equal(await rows().count(), 230);
  assert.equal(await distinct(), 230);
});

test('the console shows nothing but requests that the network lost', () => {
  assert.deepEqual(
    problems.filter((text) => !text.includes('net::ERR_FAILED')),
    [],
  );
});
