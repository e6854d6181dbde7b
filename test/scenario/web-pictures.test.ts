// Pictures on the page in real Chromium: sent along, drawn several times, chosen, drawn again, repeated, kept, let go.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { putPackaged } from '../../infra/database/package-gallery.ts';
import { packagedIds } from '../../infra/database/package-owner.ts';
import { mediaKeys } from '../../infra/media/media-store.ts';
import { vectorOf } from '../harness/keep-picture.ts';
import type { World } from '../harness/world.ts';
import { createWebWorld, launchChromium, watchConsole, type WebWorld } from './web-world.ts';
import { findSerious } from './find-serious.ts';

const file = path.join(import.meta.dirname, '../../docs/images/dialogue-3.png');
const notAPicture = { name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('words, not pixels') };

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
  await page.goto(web.url);
});
after(async () => {
  await browser.close();
  await worker[Symbol.asyncDispose]();
  await web[Symbol.asyncDispose]();
});

const box = (): Locator => page.getByRole('textbox', { name: 'Your message' });
const reply = (): Locator => page.getByRole('article', { name: 'Reply' });
const said = (): Locator => page.getByRole('article', { name: 'Your message' });
const attached = (): Locator => page.getByRole('list', { name: 'Pictures that go with it' }).getByRole('listitem');
const takes = (): Locator => page.getByRole('list', { name: '3 takes' });
const ended = (): Promise<void> => reply().getByRole('button', { name: 'Answer anew' }).last().waitFor();
const naturalWidth = (picture: Locator): Promise<number> =>
  picture.evaluate((image: { naturalWidth: number }) => image.naturalWidth);
const serious = async (where: string): Promise<void> => assert.deepEqual(await findSerious(page), [], where);

/** Lets go of a file, or pastes one, as the browser itself tells it. */
async function giveFile(target: Locator, how: 'drop' | 'paste'): Promise<void> {
  const base64 = readFileSync(file).toString('base64');
  const held = await page.evaluateHandle(`(() => {
    const held = new DataTransfer();
    const bytes = Uint8Array.from(atob('${base64}'), (letter) => letter.charCodeAt(0));
    held.items.add(new File([bytes], '${how === 'drop' ? 'dropped' : 'pasted'}.png', { type: 'image/png' }));
    return held;
  })()`);
  if (how === 'drop') {
    await target.dispatchEvent('dragenter', { dataTransfer: held });
    await page.getByText('Let go to send it along').waitFor();
    await target.dispatchEvent('drop', { dataTransfer: held });
    return;
  }
  await target.evaluate(
    (element: { dispatchEvent: (event: unknown) => void }, clipboardData: unknown) =>
      element.dispatchEvent(
        new (globalThis as unknown as { ClipboardEvent: new (...args: unknown[]) => unknown }).ClipboardEvent('paste', {
          clipboardData,
          bubbles: true,
          cancelable: true,
        }),
      ),
    held,
  );
}

/** As a worker installs what comes with its model. */
async function keepPackaged({ db, media }: World, title: string): Promise<void> {
  const bytes = readFileSync(file);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const ids = packagedIds(sha256, title);
  const [fileKey, thumbnailKey] = [mediaKeys.cleaned(ids.imageId, 1, 'png'), mediaKeys.thumbnail(ids.imageId, 1)];
  for (const key of [fileKey, thumbnailKey]) await media.put(key, bytes, 'image/png');
  const about = { title, creator: 'gill-server', licence: 'MIT', origin: 'rendered by rules' };
  const facts = { width: 192, height: 192, byteSize: bytes.length, sha256, placeholder: '' };
  const embedding = vectorOf(1, 0).fp16;
  await putPackaged(db, '0'.repeat(64), [{ ...ids, ...about, ...facts, fileKey, thumbnailKey, embedding }]);
}

describe('pictures on the page', () => {
  test('are sent along by button, drop and paste; what is no picture says why; a wish asks for takes', async () => {
    const chosen = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Add a picture' }).click();
    await (await chosen).setFiles([file]);
    await attached().filter({ hasText: 'dialogue-3.png' }).getByText('Ready').waitFor();
    await giveFile(page.locator('.scroller'), 'drop');
    await attached().filter({ hasText: 'dropped.png' }).getByText('Ready').waitFor();
    await giveFile(box(), 'paste');
    await attached().filter({ hasText: 'pasted.png' }).getByText('Ready').waitFor();

    await page.getByLabel('Picture files').setInputFiles([notAPicture]);
    const refused = attached().filter({ hasText: 'notes.png' });
    await refused.getByRole('alert').waitFor();
    assert.ok((await refused.getByRole('alert').innerText()).length > 10);
    await box().fill('a red fox');
    assert.ok(await page.getByRole('button', { name: 'Send' }).isDisabled(), 'not before everything is ready');
    await serious('attachments');
    for (const name of ['notes.png', 'dropped.png', 'pasted.png'])
      await page.getByRole('button', { name: `Leave out ${name}` }).click();

    await page.getByLabel('Takes').selectOption('3');
    await box().press('Enter');
    await ended();
    assert.equal(await attached().count(), 0);
    const picture = said().getByRole('img');
    await picture.waitFor();
    assert.ok((await naturalWidth(picture)) > 0);
  });

  test('stand side by side; one is chosen, and stays so after a reload', async () => {
    assert.equal(await takes().getByRole('listitem').count(), 3);
    for (const picture of await takes().getByRole('img').all()) assert.ok((await naturalWidth(picture)) > 0);
    await takes().getByRole('button', { name: 'Choose: take 2' }).click();
    const pressed = takes().getByRole('button', { name: 'Chosen: take 2', pressed: true });
    await pressed.waitFor();
    const sizes = await Promise.all((await takes().locator('.plate-frame').all()).map((frame) => frame.boundingBox()));
    assert.ok(sizes[1]!.width > 1.5 * sizes[0]!.width, 'the chosen one is shown large');
    await serious('takes');
    assert.equal(await page.getByText('fits best').count(), 0, 'nobody compared them');
    for (const take of [0, 1, 2])
      await web.world.db
        .updateTable('image')
        .set({ score: [0.1, 0.3, 0.2][take]! })
        .where('take', '=', take)
        .execute();
    await page.reload();
    await pressed.waitFor();
    await takes().getByRole('listitem').nth(1).getByText('fits best').waitFor();
    assert.equal(await page.getByText('fits best').count(), 1);
    await serious('takes of which one fits best');
  });

  test('are drawn again with other words, and lead back to where they come from', async () => {
    await takes().getByRole('button', { name: 'Card' }).nth(1).click();
    const card = page.getByRole('dialog');
    await card.getByRole('textbox', { name: 'Wish' }).fill('a blue fox in the snow');
    await card.getByRole('button', { name: 'Draw this instead' }).click();
    await reply().getByText('2 of 2').waitFor();
    await ended();
    await reply().getByRole('button', { name: 'Card' }).first().waitFor();
    const redrawn = reply().getByRole('button', { name: /About this picture: .*blue fox in the snow/ });
    await redrawn.click();
    const lineage = card.getByRole('region', { name: 'Where it comes from' });
    await lineage.getByText('a red fox').waitFor();
    assert.equal(await lineage.locator('[aria-current]').getByText('a blue fox in the snow').count(), 1);
  });

  test('repeat their recipe, bit by bit', async () => {
    const card = page.getByRole('dialog');
    await card.getByRole('button', { name: 'Repeat the recipe' }).click();
    await card.getByText('The same picture, to the last bit of every pixel.').waitFor();
    await serious('the card');
  });

  test('are kept in the gallery, found by title, used in a message, removed', async () => {
    await keepPackaged(web.world, 'A crown');
    const card = page.getByRole('dialog');
    await card.getByRole('button', { name: 'Keep in the gallery' }).click();
    await card.getByRole('button', { name: 'In the gallery' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Gallery' }).click();
    assert.equal(new URL(page.url()).pathname, '/gallery');
    const kept = page.getByRole('list', { name: 'Pictures of the gallery' }).getByRole('listitem');
    await page.getByLabel('Picture files for the gallery').setInputFiles([file]);
    await kept.filter({ hasText: 'dialogue-3' }).getByRole('img').waitFor();
    await page.getByRole('searchbox', { name: 'Search the gallery by title' }).fill('SNOW fox');
    await kept.filter({ hasText: 'dialogue-3' }).waitFor({ state: 'detached' });
    assert.equal(await kept.count(), 1);
    await serious('the gallery');

    await kept.getByRole('button', { name: /About this picture/ }).click();
    await card.getByRole('button', { name: 'Use in a message' }).click();
    await attached().getByText('Ready').waitFor();
    await page.goBack();
    await kept.filter({ hasText: 'blue fox' }).waitFor();
    await page.getByRole('button', { name: 'Remove a blue fox in the snow' }).click();
    await card.getByRole('button', { name: 'Remove' }).click();
    await kept.filter({ hasText: 'blue fox' }).waitFor({ state: 'detached' });
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.postData() ?? ''));
    await page.reload();
    for (const title of ['dialogue-3', 'A crown'])
      await kept.filter({ hasText: title }).getByRole('img', { name: title }).waitFor();
    assert.equal(await kept.count(), 2);
    assert.ok(asked.some((body) => body.includes('query GalleryPage')));
    assert.ok(!asked.some((body) => body.includes('query File')), 'thumbnails come with the list');
    assert.equal(await page.getByRole('button', { name: /^Remove dialogue/ }).count(), 1);
    assert.equal(await page.getByRole('button', { name: /^Remove A crown/ }).count(), 0, 'it came with the model');
  });

  test('the first branch is whole, and the story goes with its pictures', async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'a red fox' }).click();
    await reply().getByText('2 of 2').waitFor();
    await reply().getByRole('button', { name: 'Previous answer' }).click();
    await takes().waitFor();
    assert.equal(await takes().getByRole('listitem').count(), 3);
    await page.getByRole('button', { name: 'Delete a red fox' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('What shall we draw?').waitFor();
  });

  test('nothing was refused or thrown meanwhile', () => assert.deepEqual(problems, []));
});
