// Measures how the page feels on loopback: first paint, what is sent, how long keys take, and what moves when pictures arrive.
// `node test/scenario/web-feel.ts`.
import { cpus } from 'node:os';
import { gzipSync } from 'node:zlib';
import { recordedDiffusion } from '../recordings/recorded-function.ts';
import { createWebWorld, launchChromium } from './web-world.ts';

const runs = 5;

await using web = await createWebWorld();
await using _worker = web.work({ diffusion: recordedDiffusion({ before: () => undefined }) });
const browser = await launchChromium();
const context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
const page = await context.newPage();
page.setDefaultTimeout(60_000);

const html = await (await fetch(web.url)).text();
for (const [, name] of html.matchAll(/"(\/assets\/[^"]+\.(?:js|css))"/g)) {
  const bytes = Buffer.from(await (await fetch(web.url + name!)).arrayBuffer());
  console.log(`${name!.split('.').at(-1)}: ${gzipSync(bytes, { level: 9 }).length} bytes gzipped`);
}

const paints: number[] = [];
for (let run = 0; run < runs; run++) {
  await page.goto('about:blank');
  const startedAt = performance.now();
  await page.goto(web.url);
  await page.getByText('draws picture-book scenes').waitFor();
  const shownMs = performance.now() - startedAt;
  const paintMs = await page.evaluate<number>(`new Promise((resolve) => new PerformanceObserver((list) => {
    for (const { name, startTime } of list.getEntries()) if (name === 'first-contentful-paint') resolve(startTime);
  }).observe({ type: 'paint', buffered: true }))`);
  paints.push(paintMs);
  console.log(`first contentful paint after ${paintMs.toFixed(0)} ms, everything after ${shownMs.toFixed(0)} ms`);
}
console.log(`median first paint: ${paints.sort((a, b) => a - b)[Math.floor(runs / 2)]!.toFixed(0)} ms`);

// what moves, as the browser itself counts it: what the viewer has just asked to change is not counted
await page.evaluate(`window.shifts = []; new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, sources } of list.getEntries()) if (!hadRecentInput)
    window.shifts.push({ value, moved: sources.map(({ node }) => node?.className || node?.nodeName).join(', ') });
}).observe({ type: 'layout-shift', buffered: true })`);
for (const takes of ['1', '4']) {
  await page.getByLabel('Takes').selectOption(takes);
  await page.getByRole('textbox', { name: 'Your message' }).fill(`a red fox, ${takes} times`);
  await page.keyboard.press('Enter');
  await page.getByText(`a red fox, ${takes} times`, { exact: true }).last().waitFor();
  await page.locator('article[aria-busy="false"]').last().waitFor();
}
const shifts = await page.evaluate<{ value: number; moved: string }[]>('window.shifts');
const worst = Math.max(0, ...shifts.map(({ value }) => value));
for (const { value, moved } of shifts) console.log(`moved by ${value.toFixed(4)} of the window: ${moved}`);
console.log(
  `layout shifts in two replies with five pictures: ${shifts.length}, the largest ${worst.toFixed(4)} of the window`,
);
console.log(
  `on ${cpus().length} × ${cpus()[0]!.model}, Chromium ${browser.version()} without a GPU, ${new Date().toISOString().slice(0, 10)}`,
);
await browser.close();
