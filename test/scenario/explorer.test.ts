// The explorer at /graphql in real Chromium: who gets it, under which policy, and that it queries, subscribes and asks for a
// token.
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { parse, validate } from 'graphql';
import type { Browser, Page } from 'playwright-core';
import { createSchema } from '../../functions/api/schema.ts';
import { createWebWorld, launchChromium, watchConsole, type WebWorld } from './web-world.ts';

let web: WebWorld;
let worker: AsyncDisposable;
let browser: Browser;
before(async () => {
  [web, browser] = await Promise.all([createWebWorld(), launchChromium()]);
  worker = web.work();
});
after(async () => {
  await browser.close();
  await worker[Symbol.asyncDispose]();
  await web[Symbol.asyncDispose]();
});

const html = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

describe('who gets the explorer', () => {
  test('a browser that opens /graphql, under a policy with a nonce of its own', async () => {
    const answers = await Promise.all([1, 2].map(() => fetch(`${web.url}/graphql`, { headers: { accept: html } })));
    const nonces = await Promise.all(
      answers.map(async (response) => {
        const policy = response.headers.get('content-security-policy')!;
        assert.equal(response.status, 200);
        assert.match(response.headers.get('content-type')!, /^text\/html/);
        assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self' 'nonce-[\w-]{22}'; /);
        assert.match(policy, /frame-ancestors 'none'/);
        assert.doesNotMatch(policy, /unsafe|\*/);
        assert.equal(response.headers.get('cache-control'), 'no-store');
        assert.match(response.headers.get('vary')!, /Accept/);
        const body = await response.text();
        assert.doesNotMatch(body, /<script(?! type="module" crossorigin src)|<style| on\w+=/);
        const [, nonce] = /name="style-nonce" content="([\w-]+)"/.exec(body)!;
        assert.ok(policy.includes(`'nonce-${nonce!}'`));
        return nonce;
      }),
    );
    assert.notEqual(nonces[0], nonces[1]);
  });

  test('nobody who asks for data: a GET that reads still keeps its rules', async () => {
    const query = `${web.url}/graphql?query=%7B__typename%7D`;
    for (const accept of ['application/json', '*/*', 'application/graphql-response+json', undefined]) {
      const { status, type, body } = await get(query, { ...(accept && { accept }) });
      assert.equal(status, 400, `${accept}: a plain GET could come from any page`);
      assert.match(type, /json/);
      assert.match(body, /CSRF/);
      const good = await get(query, { ...(accept && { accept }), 'apollo-require-preflight': 'true' });
      assert.equal(good.status, 200);
      assert.match(good.body, /"__typename":"Query"/);
    }
  });

  test('what a URL holds is not run', async () => {
    const { body, status } = await get(`${web.url}/graphql?query=%7Bviewer%7Bid%7D%7D`, { accept: html });
    assert.equal(status, 200);
    assert.doesNotMatch(body, /vwr_|"data"/);
  });

  test('not a name that resolves to this machine', async () => {
    const { status } = await get(`${web.url}/graphql`, { accept: html, host: 'evil.example' });
    assert.equal(status, 403);
  });
});

describe('the explorer', () => {
  test('shows documents that fit the schema', async () => {
    const { firstQuery } = await import('../../web/src/explorer/first-query.ts');
    assert.deepEqual(validate(createSchema(), parse(firstQuery)), []);
  });

  test('queries, and subscribes over the socket; nothing is refused by its policy, nothing comes from elsewhere', async () => {
    const { page, problems, hosts } = await openExplorer();
    await page.goto(`${web.url}/graphql`);
    await execute(page, 'Capabilities');
    await answered(page, /"model": "storybook"/);

    await execute(page, 'Send');
    await answered(page, /"id": "msg_/);
    const id = /msg_[\w-]+/.exec(await result(page).innerText())![0];

    const watch = 'subscription Watch($id: ID!) { messageEvents(messageId: $id) { __typename cursor } }';
    const shown = new URLSearchParams({ query: watch, variables: JSON.stringify({ id }) });
    const sockets: string[] = [];
    page.on('websocket', (socket) => sockets.push(socket.url()));
    await page.goto('about:blank');
    await page.goto(`${web.url}/graphql#${shown.toString()}`);
    await page.getByRole('button', { name: 'Execute query' }).click();
    await answered(page, /MessageDoneEvent/);
    assert.deepEqual(sockets, [`${web.url.replace('http', 'ws')}/graphql`]);

    await page.getByRole('button', { name: /Documentation Explorer/ }).click();
    await page.getByRole('link', { name: 'Mutation', exact: true }).click();
    await page.getByText('Stops exactly this reply and its pictures').waitFor();
    await page.getByRole('button', { name: /settings/i }).click();
    await page.getByRole('dialog').getByText('Theme').waitFor();
    assert.equal(await page.getByText('Persist headers').count(), 0, 'tokens are not written down');
    assert.deepEqual(problems, []);
    assert.deepEqual([...hosts], ['127.0.0.1']);
  });

  test('asks for a token where the server wants one', async () => {
    await using guarded = await createWebWorld(new Map([['correct-horse-battery-staple-1', 'ada']]));
    const { page } = await openExplorer();
    await page.goto(`${guarded.url}/graphql`);
    await page.getByLabel('Token').fill('correct-horse-battery-staple-1');
    await page.keyboard.press('Enter');
    await execute(page, 'Capabilities');
    await answered(page, /"imageSizes": \[/);
  });
});

async function openExplorer(): Promise<{ page: Page; problems: readonly string[]; hosts: ReadonlySet<string> }> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const hosts = new Set<string>();
  page.on('request', (request) => request.url().startsWith('http') && hosts.add(new URL(request.url()).hostname));
  return { page, problems: watchConsole(page), hosts };
}

const result = (page: Page) => page.locator('.result-window');
const answered = (page: Page, pattern: RegExp): Promise<void> => result(page).getByText(pattern).first().waitFor();
async function execute(page: Page, operation: string): Promise<void> {
  await page.getByRole('button', { name: 'Execute query' }).click();
  await page.getByRole('menuitem', { name: operation }).click();
}

/** `fetch` always sends an Accept and its own Host. */
async function get(
  url: string,
  headers: Record<string, string>,
): Promise<{ status: number; type: string; body: string }> {
  const request = httpRequest(url, { headers }).end();
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  const body = await text(response);
  return { status: response.statusCode!, type: response.headers['content-type'] ?? '', body };
}
