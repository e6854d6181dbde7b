// Pictures of the page for the README, of a running server: `node test/drill/shots.ts http://127.0.0.1:4000 [folder]`. Says two
// wishes in stories of their own, then takes both at desktop and phone width, light and dark. Must only show what the model made.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { launchChromium } from '../scenario/web-world.ts';

const [url = 'http://127.0.0.1:4000', folder = 'docs/images'] = process.argv.slice(2);
const drawingMs = 180_000;
const shots = [
  {
    width: 'desktop',
    viewport: { width: 1280, height: 700 },
    takes: '3',
    wish: 'A penguin with a purple umbrella in the rain',
  },
  {
    width: 'phone',
    viewport: { width: 390, height: 780 },
    takes: '1',
    wish: 'A blue elephant near a red house in the snow',
  },
];

mkdirSync(folder, { recursive: true });
const browser = await launchChromium();
try {
  const page = await (await browser.newContext({ reducedMotion: 'reduce' })).newPage();
  page.setDefaultTimeout(drawingMs);
  for (const { width, viewport, takes, wish } of shots) {
    await page.setViewportSize(viewport);
    await page.goto(url);
    await page.getByLabel('Takes', { exact: true }).selectOption(takes);
    await page.getByRole('textbox', { name: 'Your message' }).fill(wish);
    await page.keyboard.press('Enter');
    const reply = page.getByRole('article', { name: 'Reply' });
    await reply.getByRole('button', { name: 'Answer anew' }).waitFor();
    await reply.locator('.plate-layer.final').last().waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.evaluate('new Promise(requestAnimationFrame).then(() => new Promise(requestAnimationFrame))');
      const file = path.join(folder, `page-${width}-${colorScheme}.webp`);
      const { size } = await sharp(await page.screenshot())
        .webp({ quality: 85 })
        .toFile(file);
      console.log(`${file}: ${(size / 1_000).toFixed(0)} kB`);
    }
  }
} finally {
  await browser.close();
}
