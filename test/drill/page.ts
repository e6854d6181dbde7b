// `npm run drill:page`: what a new user lives through. A fresh clone, `npm ci` on a warm cache, `npm start`, the first example on
// the page, until its picture is finished; then the API is killed with SIGKILL in the middle of a reply, and the page must show
// every word once. Measures the commit that is checked out, not what is written beside it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { freePort } from '../../infra/local/free-port.ts';
import { httpDoor } from '../harness/doors.ts';
import { eventually } from '../harness/eventually.ts';
import { launchChromium } from '../scenario/web-world.ts';
import { machineName } from './machine-name.ts';
import { startMachines } from './machines.ts';

/** From the first command to the finished picture. */
const mostMs = 60_000;

const folder = mkdtempSync(path.join(tmpdir(), 'gill-new-user-'));
const clone = path.join(folder, 'gill-server');
const failures: string[] = [];
const browser = await launchChromium(); // a user has one
try {
  execFileSync('git', ['clone', '--quiet', process.cwd(), clone]);
  const commit = execFileSync('git', ['-C', clone, 'rev-parse', '--short', 'HEAD']).toString().trim();
  const startedAt = performance.now();
  const since = (): number => performance.now() - startedAt;
  const tell = (what: string, ms: number): void => console.log(`${(ms / 1_000).toFixed(1).padStart(6)} s  ${what}`);

  execFileSync('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: clone });
  const installedMs = since();
  tell('npm ci', installedMs);
  await using machines = await startMachines(
    path.join(clone, 'data'),
    await freePort(),
    {},
    {
      cwd: clone,
      words: ['npm', 'start'],
    },
  );
  tell('npm start has said that it is open', since());
  const page = await (await browser.newContext({ viewport: { width: 1200, height: 800 } })).newPage();
  page.setDefaultTimeout(120_000);
  await page.goto(machines.url);
  const wish = page.getByRole('list', { name: 'Examples' }).getByRole('button').first();
  const words = await wish.innerText();
  await wish.click();
  const replies = page.getByRole('article', { name: 'Reply' });
  await replies.locator('.told').first().waitFor();
  tell('the first words', since());
  await replies.locator('.plate-layer.final').first().waitFor();
  const finishedMs = since();
  tell(`the finished picture of “${words.trim()}”`, finishedMs);
  if (finishedMs > mostMs) failures.push(`the first picture took ${(finishedMs / 1_000).toFixed(1)} s`);

  await page.getByRole('button', { name: 'Answer anew' }).waitFor();
  await page.getByLabel('Takes').selectOption('4'); // so that it is not over at once
  await page.getByRole('textbox', { name: 'Your message' }).fill('a red fox in the snow');
  await page.keyboard.press('Enter');
  await replies.nth(1).and(page.locator('[aria-busy="true"]')).waitFor();
  const pid = machines.kill('api');
  const before = await tellOf(replies.nth(1));
  if (pid === undefined) failures.push('the API was not running');
  await replies.nth(1).getByRole('button', { name: 'Answer anew' }).waitFor();
  const shown = await tellOf(replies.nth(1));
  const stored = await storedReply(machines.url);
  tell(`a reply whose API was killed after “${before}”: “${shown}”`, since());
  if (shown !== stored) failures.push(`the page shows “${shown}”, stored is “${stored}”`);
  if (!shown.startsWith(before)) failures.push('words that were shown are gone');
  if ((await replies.count()) !== 2) failures.push(`${await replies.count()} replies are shown, two were asked for`);

  const date = new Date().toISOString().slice(0, 10);
  console.log(
    `| ${date} | ${commit} | ${machineName()}, load ${loadavg()[0]!.toFixed(1)} | ${(installedMs / 1_000).toFixed(1)} s | ${((finishedMs - installedMs) / 1_000).toFixed(1)} s | ${(finishedMs / 1_000).toFixed(1)} s |`,
  );
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
for (const failure of failures) console.log(`FAILED ${failure}`);
process.exitCode = failures.length > 0 ? 1 : 0;

async function tellOf(reply: Locator): Promise<string> {
  return (await reply.locator('.told').allInnerTexts()).join(' ');
}

/** What the server itself says of the newest reply. */
async function storedReply(url: string): Promise<string> {
  await eventually(async () => (await fetch(url).catch(() => undefined))?.ok === true, mostMs);
  const query = `{ conversations(first: 1) { edges { node { messages(last: 1) { edges { node { parts { ... on TextPart { text } } } } } } } } }`;
  const { data } = await httpDoor(url).request({ query });
  const { conversations } = data as {
    conversations: { edges: { node: { messages: { edges: { node: { parts: { text?: string }[] } }[] } } }[] };
  };
  const parts = conversations.edges[0]!.node.messages.edges[0]!.node.parts;
  return parts.flatMap(({ text }) => (text === undefined ? [] : [text.trim()])).join(' ');
}
