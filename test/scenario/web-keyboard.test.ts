// The page without a mouse and without eyes, in real Chromium: every step by keys alone, the focus never lost, what happens told
// to a screen reader; and for people whom motion makes ill, nothing moves.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { eventually } from '../harness/eventually.ts';
import { recordedDiffusion, recordedLlm, recordedText } from '../recordings/recorded-function.ts';
import { createWebWorld, launchChromium, watchConsole, type WebWorld } from './web-world.ts';

const file = path.join(import.meta.dirname, '../../docs/images/dialogue-3.png');
const mostTabs = 80;

let web: WebWorld;
let worker: AsyncDisposable;
let browser: Browser;
let page: Page;
let problems: readonly string[];
/** Where the functions wait until it is opened. */
let gate: { readonly llm?: number; readonly diffusion?: number; readonly opened: Promise<void> } | undefined;

before(async () => {
  [web, browser] = await Promise.all([createWebWorld(), launchChromium()]);
  worker = web.work({
    llm: recordedLlm({ before: (now) => (now === gate?.llm ? gate.opened : undefined) }),
    diffusion: recordedDiffusion({ before: (now) => (now === gate?.diffusion ? gate.opened : undefined) }),
  });
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
  page = await context.newPage();
  page.setDefaultTimeout(30_000);
  problems = watchConsole(page);
  // from the start: a listener that comes with the key may come too late
  page.on('filechooser', (chooser) => void chooser.setFiles([file]));
  await page.goto(web.url);
  await page.getByText('draws picture-book scenes').waitFor();
  // what the polite region says, in its order
  await page.evaluate(`window.heard = [];
    new MutationObserver(([{ target }]) => window.heard.push(target.textContent)).observe(
      document.querySelector('.unseen'), { childList: true, characterData: true, subtree: true })`);
});
after(async () => {
  await browser.close();
  await worker[Symbol.asyncDispose]();
  await web[Symbol.asyncDispose]();
});

const reply = (): Locator => page.getByRole('article', { name: 'Reply' }).last();
const attached = (): Locator => page.getByRole('list', { name: 'Pictures that go with it' }).getByRole('listitem');
const heard = (): Promise<string[]> => page.evaluate('window.heard.splice(0)');
const ended = (): Promise<void> => reply().getByRole('button', { name: 'Answer anew' }).waitFor();

/** What the focus is on, as a screen reader names it. */
const focused = (): Promise<string> =>
  page.evaluate(`(() => {
    const { activeElement: on } = document;
    if (on === document.body) return '(the page)';
    return on.getAttribute('aria-label') ?? on.labels?.[0]?.firstChild.textContent ?? on.innerText.trim();
  })()`);

/** Tab, or Shift+Tab, until the focus is there. */
async function tabTo(name: string | RegExp, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  const passed: string[] = [];
  for (let tabs = 0; tabs < mostTabs; tabs++) {
    await page.keyboard.press(key);
    const now = await focused();
    if (typeof name === 'string' ? now === name : name.test(now)) return;
    passed.push(now.slice(0, 30));
  }
  assert.fail(`${key} leads to ${passed.join(', ')}, never to ${String(name)}`);
}

/** Waits for the focus to come where it is not sent by a key. */
async function focusComesTo(name: string | RegExp): Promise<void> {
  for (let frame = 0; frame < 600; frame++) {
    const now = await focused();
    if (typeof name === 'string' ? now === name : name.test(now)) return;
    await page.evaluate('new Promise(requestAnimationFrame)');
  }
  assert.fail(`the focus is on “${(await focused()).slice(0, 80)}”, not on ${String(name)}`);
}

function hold(where: { llm?: number; diffusion?: number }): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  gate = { ...where, opened: promise };
  return () => {
    gate = undefined;
    resolve();
  };
}

test('a wish for takes is written and sent, and told from its beginning to its end', async () => {
  assert.equal(await focused(), 'Your message', 'one can write at once');
  await page.keyboard.type('a red fox');
  await tabTo('Takes');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await tabTo('Your message', 'Shift+Tab');
  // a reply that is there at once has no beginning of its own to tell
  const open = hold({ llm: 5 });
  await page.keyboard.press('Enter');
  await eventually(() => page.evaluate<boolean>("window.heard.includes('A reply is coming.')"));
  open();
  await ended();
  assert.equal(await focused(), 'Your message');
  const told = await heard();
  assert.equal(told[0], 'Sent.');
  assert.ok(told.includes('A reply is coming.'), told.join(' | '));
  assert.equal(
    told.at(-1),
    `${recordedText.before} Picture: Picture drawn for: a red fox. ${recordedText.after}`,
    'the whole reply, once',
  );
  assert.equal(told.filter((sentence) => sentence.includes(recordedText.before)).length, 1);
});

test('a take is chosen, and the focus stays on it', async () => {
  await tabTo('Choose: take 2', 'Shift+Tab');
  await page.keyboard.press('Enter');
  assert.equal(await focused(), 'Chosen: take 2');
  assert.match((await heard()).join(), /Take 2 was chosen/);
  await page.keyboard.press('Space');
  assert.equal(await focused(), 'Choose: take 2');
  assert.match((await heard()).join(), /No take is chosen/);
});

test('a picture’s card opens, keeps the focus inside, and gives it back', async () => {
  await tabTo('Card');
  await page.keyboard.press('Enter');
  const card = page.getByRole('dialog');
  await card.waitFor();
  assert.equal(await focused(), 'Close');
  await tabTo('Wish');
  await tabTo('Draw again');
  await tabTo('Repeat the recipe');
  await tabTo('Use in a message');
  for (let tabs = 0; tabs < 20; tabs++) {
    await page.keyboard.press('Tab');
    const isOutside = await page.evaluate<boolean>(
      `document.activeElement !== document.body && !document.activeElement.closest('dialog')`,
    );
    assert.ok(!isOutside, `Tab leads out of the card to ${await focused()}`);
  }
  await page.keyboard.press('Escape');
  await card.waitFor({ state: 'detached' });
  assert.equal(await focused(), 'Card');
});

test('an answer is asked for anew, stopped, and left for the other one: the focus stays in its turn', async () => {
  const open = hold({ llm: 5 });
  await tabTo('Answer anew');
  await page.keyboard.press('Enter');
  await reply().getByText('Here is').waitFor();
  const isInReply = (): Promise<boolean> =>
    page.evaluate(`document.activeElement.closest('[aria-label="Reply"]') !== null`);
  assert.ok(await isInReply());
  await tabTo('Stop');
  await page.keyboard.press('Enter');
  await reply().getByText('Stopped. What was said so far is kept.').waitFor();
  open();
  await focusComesTo('Reply');
  assert.ok(await isInReply(), 'the button is gone, the turn has the focus');
  assert.match((await heard()).at(-1)!, /^The reply ended early\. Here is/);
  await tabTo('Previous answer');
  await page.keyboard.press('Enter');
  await reply().getByText('1 of 2').waitFor();
  await focusComesTo('Next answer');
  await page.keyboard.press('Enter');
  await reply().getByText('2 of 2').waitFor();
  await focusComesTo('Previous answer');
});

test('a picture is sent along: chosen, told how far it is, left out', async () => {
  await tabTo('Add a picture');
  await page.keyboard.press('Enter');
  const state = attached().getByRole('status');
  await state.getByText('Ready').waitFor();
  await tabTo('Leave out dialogue-3.png', 'Shift+Tab');
  await page.keyboard.press('Enter');
  assert.equal(await attached().count(), 0);
  assert.equal(await focused(), 'Your message', 'the button is gone, one can write');
});

test('a conversation gets another name, and the focus comes back', async () => {
  await tabTo('Rename a red fox', 'Shift+Tab');
  await page.keyboard.press('Enter');
  await page.keyboard.type('Foxes');
  await page.keyboard.press('Enter');
  await focusComesTo('Rename Foxes');
});

test('on a phone the list takes the focus, keeps it, and gives it back', async () => {
  await page.setViewportSize({ width: 390, height: 780 });
  await tabTo('Conversations');
  await page.keyboard.press('Enter');
  await focusComesTo('gill');
  await tabTo('Close the list');
  for (let tabs = 0; tabs < 15; tabs++) {
    await page.keyboard.press('Tab');
    assert.ok(
      !(await page.evaluate(`!!document.activeElement.closest('main')`)),
      'what the list covers is out of reach',
    );
  }
  await page.keyboard.press('Escape');
  await focusComesTo('Conversations');
  await page.setViewportSize({ width: 1200, height: 800 });
});

test('nothing moves for whom nothing shall move', async () => {
  const moving = (): Promise<number> => page.evaluate('document.getAnimations().length');
  for (const [reducedMotion, isStill] of [
    ['no-preference', false],
    ['reduce', true],
  ] as const) {
    await page.emulateMedia({ reducedMotion });
    await tabTo('Your message');
    const open = hold({ diffusion: 3 });
    await page.keyboard.type(`a blue fox, ${reducedMotion}`);
    await page.keyboard.press('Enter');
    await reply()
      .getByText(/Drawing: step/)
      .waitFor();
    assert.equal((await moving()) === 0, isStill, reducedMotion);
    open();
    await ended();
    await reply().locator('.plate-layer.final').waitFor();
    if (isStill) {
      assert.equal(await moving(), 0);
      assert.ok(await reply().locator('.plate-layer.soft').first().isHidden(), 'no blur below the picture');
    }
  }
  assert.deepEqual(problems, []);
});
