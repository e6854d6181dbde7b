// Measures a conversation of 2,000 messages with 250 pictures, or as many messages as are asked for, on the page:
// `node test/scenario/web-long.ts [messages] [slowdown]`. Reads all of it upwards while it loads, scrolls through it, jumps in
// it, writes below it. A slowdown of 4 gives the page a processor a fourth as fast, by the browser's own means.
import { availableParallelism } from 'node:os';
import { machineName } from '../drill/machine-name.ts';
import { writeLongConversation } from '../harness/long-conversation.ts';
import { createWebWorld, launchChromium } from './web-world.ts';

const messages = Number(process.argv[2] ?? 2_000);
const slowdown = Number(process.argv[3] ?? 1);
/** A frame that took longer was late: two frames of a 60 Hz screen. */
const lateMs = 34;
const jumps = 20;

await using web = await createWebWorld();
await using _worker = web.work();
const conversationId = await writeLongConversation(web.world, messages);
const browser = await launchChromium();
const page = await (await browser.newContext({ viewport: { width: 1200, height: 800 } })).newPage();
page.setDefaultTimeout(240_000);
const devtools = await page.context().newCDPSession(page);
await devtools.send('Emulation.setCPUThrottlingRate', { rate: slowdown });

const openedAt = performance.now();
await page.goto(`${web.url}/conversations/${conversationId}`);
await page.getByText(`Reply ${messages}.`).waitFor();
console.log(`newest messages shown after ${(performance.now() - openedAt).toFixed(0)} ms`);

const begun = performance.now();
tell(
  'read upwards while it loads, 200 pixels a frame',
  await page.evaluate<number[]>(`new Promise((resolve) => {
    const scroller = document.querySelector('.scroller');
    const times = [];
    let last = performance.now();
    requestAnimationFrame(function step(now) {
      times.push(now - last);
      last = now;
      scroller.scrollTop -= 200;
      const isFirst = scroller.scrollTop <= 0 && document.querySelector('article')?.textContent.includes('Wish 1Reword');
      if (isFirst) resolve(times);
      else requestAnimationFrame(step);
    });
  })`),
);
console.log(`  to the first message in ${((performance.now() - begun) / 1000).toFixed(1)} s`);

tell(
  'down through all of it, 200 pixels a frame',
  await page.evaluate<number[]>(`new Promise((resolve) => {
    const scroller = document.querySelector('.scroller');
    const times = [];
    let last = performance.now();
    requestAnimationFrame(function step(now) {
      times.push(now - last);
      last = now;
      const before = scroller.scrollTop;
      scroller.scrollTop += 200;
      if (scroller.scrollTop === before) resolve(times);
      else requestAnimationFrame(step);
    });
  })`),
);

const waits = await page.evaluate<number[]>(`(async () => {
  const scroller = document.querySelector('.scroller');
  const frame = () => new Promise(requestAnimationFrame);
  const { top, bottom } = scroller.getBoundingClientRect();
  const isShown = () => [...document.querySelectorAll('article')].some((each) => {
    const box = each.getBoundingClientRect();
    return box.height > 0 && box.top < bottom - 100 && box.bottom > top + 100;
  });
  const waits = [];
  for (let jump = 0; jump < ${jumps}; jump++) {
    const startedAt = performance.now();
    scroller.scrollTop = scroller.scrollHeight * ((jump * 0.381966) % 1);
    do await frame(); while (!isShown());
    waits.push(performance.now() - startedAt);
  }
  return waits;
})()`);
console.log(`${jumps} jumps: messages there after ${at(sorted(waits), 0.5)} ms, at most ${at(sorted(waits), 1)} ms`);

const box = page.getByRole('textbox', { name: 'Your message' });
await page.evaluate(`window.keys = []; document.addEventListener('keydown', () => {
  const startedAt = performance.now();
  requestAnimationFrame(() => setTimeout(() => window.keys.push(performance.now() - startedAt)));
}, true)`);
await box.pressSequentially('once more, from the very beginning');
const keys = await page.evaluate<number[]>('window.keys');
console.log(`a key: on the screen after ${at(sorted(keys), 0.5)} ms, at most ${at(sorted(keys), 1)} ms`);
await page.evaluate(`window.keys = []; document.addEventListener('keydown', ({ key }) => {
  const startedAt = performance.now();
  if (key === 'Enter') new MutationObserver((_, observer) => {
    if (!document.querySelector('.pending')) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => window.sentMs = performance.now() - startedAt));
  }).observe(document.body, { subtree: true, childList: true });
}, true)`);
const elements = await page.evaluate<number>('document.querySelectorAll("*").length');
await devtools.send('HeapProfiler.collectGarbage');
const { usedSize } = await devtools.send('Runtime.getHeapUsage');
await box.press('Enter');
await page.locator('article[aria-busy="false"]').last().waitFor();
console.log(`Enter: the message on the screen after ${(await page.evaluate<number>('window.sentMs')).toFixed(1)} ms`);
console.log(`${elements} elements, ${(usedSize / 1e6).toFixed(1)} MB of JavaScript`);
console.log(
  `on ${machineName()} (load ${(await import('node:os')).loadavg()[0]!.toFixed(1)} of ${availableParallelism()}), slowed down ${slowdown} ×, Chromium ${browser.version()} without a GPU, ${new Date().toISOString().slice(0, 10)}`,
);
await browser.close();

function tell(what: string, frames: readonly number[]): void {
  const times = sorted(frames.slice(1));
  const late = times.filter((time) => time > lateMs).length;
  console.log(`${what}: ${times.length} frames, median ${at(times, 0.5)} ms, 95 % ${at(times, 0.95)} ms, longest ${at(times, 1)} ms`);
  console.log(`  late (over ${lateMs} ms): ${late}, ${((100 * late) / times.length).toFixed(1)} %`);
}

function sorted(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}

function at(values: readonly number[], share: number): string {
  return values[Math.floor(share * (values.length - 1))]!.toFixed(1);
}
