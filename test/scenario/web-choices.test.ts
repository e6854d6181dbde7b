// Drawing, finding and meaning on the page in real Chromium, over recorded functions with every head: what a found picture's card
// tells, what can be had instead, which earlier picture was meant and what else it might have been, where a picture comes from.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import type { LlmImageEvent, LlmInput, ModelCard } from '../../core/function-contract.ts';
import { keepPicture, vectorOf } from '../harness/keep-picture.ts';
import { recordedCard, recordedDiffusion, recordedLlm, recordedVision } from '../recordings/recorded-function.ts';
import { findSerious } from './find-serious.ts';
import { createWebWorld, launchChromium, watchConsole, type WebWorld } from './web-world.ts';

const card: ModelCard = {
  ...recordedCard,
  readsImages: true,
  decidesPictures: true,
  findsPictures: true,
  mapsPictures: true,
  defaultParentGuidance: 1.5,
};
const penguin = 'A penguin in the snow';
const source = 'https://pictures.invalid/penguin';

let web: WebWorld;
let worker: AsyncDisposable;
let browser: Browser;
let page: Page;
let problems: readonly string[];

/** Finds what is to be found, draws the rest; means the first of two pictures less than the second. */
function told({ turns }: LlmInput): Omit<LlmImageEvent, 'type'> {
  const shown = turns.flatMap(({ role, parts }) =>
    role === 'assistant' ? parts.filter(({ kind }) => kind === 'image') : [],
  );
  const isFind = JSON.stringify(turns.at(-1)).includes('find');
  return {
    decision: isFind
      ? { drawProbability: 0.12, findProbability: 0.88 }
      : { drawProbability: 0.9, findProbability: 0.1 },
    query: vectorOf(1, 0),
    conditioning: { shape: [1, 1], fp16: 'ADw=' },
    ...(shown.length === 1 && { parent: { probabilities: [0.2, 0.8] } }),
    ...(shown.length === 2 && { parent: { probabilities: [0.1, 0.3, 0.6] } }),
  };
}

before(async () => {
  [web, browser] = await Promise.all([createWebWorld(), launchChromium()]);
  for (const [file, title, ...embedding] of [
    ['a', penguin, 1, 0],
    ['b', 'A penguin at night', 0.8, 0.3],
    ['c', 'A red car', 0.1, 1],
  ] as const) {
    const colour = { r: 40, g: 90 * (1 + (file.charCodeAt(0) % 2)), b: 160 };
    const png = await sharp({ create: { width: 32, height: 32, channels: 3, background: colour } })
      .png()
      .toBuffer();
    await web.world.media.put(`images/${file}.png`, png, 'image/png');
    const facts = {
      width: 32,
      height: 32,
      content_type: 'image/png',
      file_key: `images/${file}.png`,
      thumbnail_key: `images/${file}.png`,
    };
    const about = file === 'a' ? { creator: 'Ada', licence: 'CC BY 4.0', sourcePage: source } : {};
    await keepPicture(web.world, { title, embedding: vectorOf(...embedding), facts, ...about });
  }
  worker = web.work({
    llm: recordedLlm({ image: told, gateLogit: 3 }),
    diffusion: recordedDiffusion(),
    vision: recordedVision(),
    modelCard: () => card,
    times: { reportMs: 20 },
  });
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, reducedMotion: 'reduce' });
  page = await context.newPage();
  page.setDefaultTimeout(30_000);
  problems = watchConsole(page);
  await page.goto(web.url);
  await page.getByText('The model is “recorded”').waitFor();
});
after(async () => {
  await browser.close();
  await worker[Symbol.asyncDispose]();
  await web[Symbol.asyncDispose]();
});

const box = (): Locator => page.getByRole('textbox', { name: 'Your message', exact: true });
const replies = (): Locator => page.getByRole('article', { name: 'Reply' });
const said = (): Locator => page.getByRole('article', { name: 'Your message', exact: true });
const attached = (): Locator => page.getByRole('list', { name: 'Pictures that go with it' }).getByRole('listitem');
const dialog = (): Locator => page.getByRole('dialog');
const row = (name: string): Locator =>
  dialog()
    .locator('dl > div')
    .filter({ has: page.locator('dt').getByText(name, { exact: true }) })
    .locator('dd');
const others = (name: string): Locator => dialog().getByRole('region', { name }).getByRole('listitem');
const serious = async (where: string): Promise<void> => assert.deepEqual(await findSerious(page), [], where);

async function ended(place: number): Promise<Locator> {
  const reply = replies().nth(place);
  await reply.getByRole('button', { name: 'Answer anew' }).waitFor();
  return reply;
}
async function say(text: string, takes = '1'): Promise<Locator> {
  const place = await replies().count();
  if (takes !== '1') await page.getByLabel('Takes').selectOption(takes);
  await box().fill(text);
  await box().press('Enter');
  return ended(place);
}
async function openCard(reply: Locator): Promise<void> {
  await reply.getByRole('button', { name: 'Card' }).first().click();
  await dialog().waitFor();
}

describe('a picture that was found', () => {
  test('tells whose it is, how sure the model was, and what else matched', async () => {
    const reply = await say('find me a penguin');
    await openCard(reply);
    await dialog().getByRole('heading', { name: penguin }).waitFor();
    assert.match(await row('Why').innerText(), /wanted \(95 %\); it was found in the gallery/);
    const facts = {
      Title: penguin,
      'Made by': 'Ada',
      Licence: 'CC BY 4.0',
      Source: source,
      'To be drawn': '12 %',
      'To be found': '88 %',
      'Chosen by': 'the model',
    };
    for (const [name, value] of Object.entries(facts)) assert.equal(await row(name).innerText(), value);
    const link = row('Source').getByRole('link');
    assert.deepEqual(
      [await link.getAttribute('href'), await link.getAttribute('rel')],
      [source, 'noopener noreferrer'],
    );
    const matches = others('Other matches in the gallery');
    await matches.first().waitFor();
    assert.deepEqual(
      (await matches.allInnerTexts()).map((text) => text.split('\n').slice(0, 2)),
      [
        ['A penguin at night', 'cosine 0.94'],
        ['A red car', 'cosine 0.10'],
      ],
    );
    await serious('the card of a found picture');
    await matches.nth(1).getByRole('button', { name: 'Use in a message: A red car' }).click();
    await attached().getByText('A red car').waitFor();
    await page.getByRole('button', { name: 'Leave out A red car' }).click();
  });

  test('is drawn instead, from the words it was found for', async () => {
    await openCard(replies().first());
    assert.equal(await dialog().getByRole('textbox', { name: 'Wish' }).inputValue(), 'find me a penguin');
    await dialog().getByRole('button', { name: 'Draw it instead' }).click();
    await replies().first().getByText('2 of 2').waitFor();
    await openCard(await ended(0));
    assert.match(await row('Seed').innerText(), /^\d+$/);
    assert.equal(await row('Kept of the one before').count(), 0);
    assert.equal(await replies().first().getByText('Goes on from').count(), 0, 'nothing of it is kept');
    await dialog()
      .getByRole('region', { name: 'Where it comes from' })
      .getByRole('button', { name: penguin })
      .waitFor();
    await dialog().getByRole('button', { name: 'Close' }).click();
  });

  test('is changed into a drawn one: how much is kept is the viewer’s to say', async () => {
    await replies().first().getByRole('button', { name: 'Previous answer' }).click();
    await replies().first().getByText('1 of 2').waitFor();
    await openCard(replies().first());
    const strength = dialog().getByRole('slider', { name: 'Kept of it' });
    assert.ok(await strength.isDisabled());
    await dialog().getByRole('checkbox', { name: 'Change this picture' }).check();
    assert.equal(await strength.inputValue(), '1.5');
    await strength.focus();
    for (let step = 0; step < 2; step++) await page.keyboard.press('ArrowRight');
    await dialog().getByRole('textbox', { name: 'Wish' }).fill('a blue penguin');
    await dialog().getByRole('button', { name: 'Draw it instead' }).click();
    await replies().first().getByText('3 of 3').waitFor();
    const reply = await ended(0);
    await reply.getByText(`Goes on from “${penguin}”`).waitFor();
    await reply.locator('.goes-on-from img').waitFor();
    await openCard(reply);
    assert.equal(await row('Kept of the one before').innerText(), 'strength 2');
    await page.keyboard.press('Escape');
  });
});

describe('an earlier picture that was meant', () => {
  test('is named below the picture and in its card, with how sure the model was', async () => {
    const reply = await say('make it night');
    await reply.getByText('Goes on from “Picture drawn for: a blue penguin”').waitFor();
    await openCard(reply);
    const meant = others('Which earlier picture was meant');
    await meant.first().waitFor();
    assert.match((await meant.allInnerTexts()).join(), /a blue penguin\s+80 %, taken/);
    await dialog().getByText('None of them: 20 %').waitFor();
    await serious('the card of a picture that goes on from another');
    await page.keyboard.press('Escape');
  });

  test('may have been another one: the message is said again with that', async () => {
    const reply = await say('and a hat');
    await reply.getByText('Goes on from “Picture drawn for: make it night”').waitFor();
    await openCard(reply);
    const meant = others('Which earlier picture was meant');
    await meant.first().waitFor();
    assert.deepEqual(await meant.locator('small').allInnerTexts(), ['60 %, taken', '30 %']);
    await meant
      .nth(1)
      .getByRole('button', { name: /^Go on from this one/ })
      .click();
    await said().last().getByText('2 of 2').waitFor();
    assert.equal(await said().last().getByRole('img', { name: 'Picture drawn for: a blue penguin' }).count(), 1);
    const again = await ended(2);
    await again.getByText('Goes on from “Picture drawn for: a blue penguin”').waitFor();
  });

  test('its tree leads from card to card', async () => {
    await openCard(replies().nth(1));
    const tree = dialog().getByRole('region', { name: 'Where it comes from' });
    await tree.getByRole('button', { name: penguin }).waitFor();
    // the found one; the two drawn from it; of the second the two drawn from that; of the one in the card its own
    assert.equal(await tree.getByRole('listitem').count(), 6);
    assert.match(await tree.locator('li[aria-current] > .lineage-item').innerText(), /make it night/);
    await tree.getByRole('button', { name: /a blue penguin/ }).click();
    await dialog().getByRole('heading', { name: 'Picture drawn for: a blue penguin' }).waitFor();
    assert.match(await tree.locator('li[aria-current] > .lineage-item').innerText(), /a blue penguin/);
    await page.keyboard.press('Escape');
  });

  test('one is found in the place of a drawn one', async () => {
    await openCard(replies().nth(2));
    await dialog().getByRole('button', { name: 'Find one instead' }).click();
    await replies().nth(2).getByText('2 of 2').waitFor();
    const reply = await ended(2);
    await openCard(reply);
    assert.equal(await row('Chosen by').innerText(), 'you: it was asked for');
    assert.equal(await row('Title').innerText(), penguin, 'this branch has not shown it');
    await page.keyboard.press('Escape');
  });
});

test('the take that is chosen goes with the next message, and no longer when it is not', async () => {
  const reply = await say('a red fox', '3');
  await reply.getByText('fits best').waitFor();
  await reply.getByRole('button', { name: 'Choose: take 2' }).click();
  assert.equal(await attached().count(), 1);
  await reply.getByRole('button', { name: 'Choose: take 3' }).click();
  assert.equal(await attached().count(), 1);
  await reply.getByRole('button', { name: 'Chosen: take 3' }).click();
  assert.equal(await attached().count(), 0);
  await reply.getByRole('button', { name: 'Choose: take 2' }).click();
  const next = await say('in the rain');
  await openCard(next);
  await row('Kept of the one before').waitFor();
  const takes = await web.world.db.selectFrom('image').select(['id', 'take']).where('take', '>', 0).execute();
  const drawn = await web.world.db
    .selectFrom('image')
    .select('parent_id')
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  assert.equal(drawn.parent_id, takes.find(({ take }) => take === 1)?.id);
  assert.deepEqual(problems, []);
});
