// Measures a conversation of 2,000 messages with 250 pictures, or as many messages as are asked for, on the page:
// `node test/scenario/web-long.ts [messages] [slowdown]`. Reads all of it upwards while it loads, scrolls through it, jumps in
// it, writes below it. A slowdown of 4 gives the page a processor a fourth as fast, by the browser's own means.
import { availableParallelism, loadavg } from 'node:os';
import { machineName } from '../drill/machine-name.ts';
import { writeLongConversation } from '../harness/long-conversation.ts';
import { createWebWorld, launchChromium } from './web-world.ts';

const messages = Number(process.argv[2] ?? 2_000);
const slowdown = Number(process.argv[3] ?? 1);
/** A frame that took longer was late: two frames of a 60 Hz screen. */
const lateMs = 34;
const frameMs = 16.7;
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

await measure(
  'read upwards while it loads, 200 pixels a frame',
  `scroller.scrollTop -= 200;
  isOver = scroller.scrollTop <= 0 && document.querySelector('article')?.innerText.startsWith('Wish 1\\n');`,
);
await measure(
  'down through all of it, 200 pixels a frame',
  `const before = scroller.scrollTop;
  scroller.scrollTop += 200;
  isOver = scroller.scrollTop === before;`,
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
await page.evaluate(`window.keys = []; document.addEventListener('keydown', ({ key }) => {
  const startedAt = performance.now();
  const tell = () => requestAnimationFrame(() => setTimeout(() => window.keys.push(performance.now() - startedAt)));
  if (key !== 'Enter') tell();
  else new MutationObserver((_, observer) => {
    if (!document.querySelector('.pending')) return;
    observer.disconnect();
    tell();
  }).observe(document.body, { subtree: true, childList: true });
}, true)`);
await box.focus();
for (const key of 'once more, from the very beginning') {
  await page.keyboard.press(key === ' ' ? 'Space' : key);
  await page.evaluate('new Promise(requestAnimationFrame).then(() => new Promise(requestAnimationFrame))');
}
const keys = await page.evaluate<number[]>('window.keys');
console.log(`a key: on the screen after ${at(sorted(keys), 0.5)} ms, at most ${at(sorted(keys), 1)} ms`);
const elements = await page.evaluate<number>('document.querySelectorAll("*").length');
await devtools.send('HeapProfiler.collectGarbage');
const { usedSize } = await devtools.send('Runtime.getHeapUsage');
await box.press('Enter');
await page.locator('article[aria-busy="false"]').last().waitFor();
console.log(
  `Enter: the message on the screen after ${(await page.evaluate<number>('window.keys.at(-1)')).toFixed(1)} ms`,
);
console.log(`${elements} elements, ${(usedSize / 1e6).toFixed(1)} MB of JavaScript`);
console.log(
  `on ${machineName()} (load ${loadavg()[0]!.toFixed(1)} of ${availableParallelism()}), slowed down ${slowdown} ×, Chromium ${browser.version()} without a GPU, ${new Date().toISOString().slice(0, 10)}`,
);
await browser.close();

/** @param step what each frame does, until `isOver` */
async function measure(what: string, step: string): Promise<void> {
  await browser.startTracing(page, { categories: ['disabled-by-default-devtools.timeline'] });
  const frames = await page.evaluate<number[]>(`new Promise((resolve) => {
    const scroller = document.querySelector('.scroller');
    const times = [];
    let last = performance.now();
    let isOver = false;
    requestAnimationFrame(function step(now) {
      times.push(now - last);
      last = now;
      ${step}
      if (isOver) resolve(times);
      else requestAnimationFrame(step);
    });
  })`);
  const tasks = computingMs(await browser.stopTracing());
  const times = sorted(frames.slice(1));
  const late = times.filter((time) => time > lateMs).length;
  console.log(
    `${what}: ${times.length} frames in ${(times.reduce((all, time) => all + time, 0) / 1_000).toFixed(1)} s, median ${at(times, 0.5)} ms, 95 % ${at(times, 0.95)} ms, longest ${at(times, 1)} ms`,
  );
  console.log(`  late (over ${lateMs} ms): ${late}, ${((100 * late) / times.length).toFixed(1)} %`);
  const sum = tasks.reduce((all, time) => all + time, 0);
  const long = tasks.filter((time) => time > frameMs).length;
  console.log(
    `  computed by the page's thread: ${(sum / times.length).toFixed(1)} ms a frame, ${long} tasks over ${frameMs} ms, longest ${at(sorted(tasks), 1)} ms`,
  );
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds of the processor: waiting for it is not counted. */
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

/** Of each task of the thread that runs the page, whatever else the machine does. */
function computingMs(trace: Buffer): number[] {
  const traceEvents = [...linesWith(trace, /"(RunTask|thread_name)"/)];
  const thread = traceEvents.find(({ name, args }) => name === 'thread_name' && args.name?.includes('RendererT'));
  if (!thread) throw new Error('the trace names no thread that runs the page');
  return traceEvents
    .filter(({ name, ph, pid, tid }) => name === 'RunTask' && ph === 'X' && pid === thread.pid && tid === thread.tid)
    .map(({ tdur = 0 }) => tdur / 1_000);
}

/** A trace has an event on each line; on a slow machine it is longer than a string can be. */
function* linesWith(trace: Buffer, wanted: RegExp): Generator<TraceEvent> {
  for (let start = 0; start < trace.length;) {
    const found = trace.indexOf('\n', start);
    const end = found < 0 ? trace.length : found;
    const line = trace.toString('utf8', start, end);
    start = end + 1;
    const [, json] = /^(\{"args".*\}),?$/.exec(line) ?? [];
    if (json !== undefined && wanted.test(json) && !json.includes('],"metadata":'))
      yield JSON.parse(json) as TraceEvent;
  }
}

function sorted(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}

function at(values: readonly number[], share: number): string {
  return values[Math.floor(share * (values.length - 1))]!.toFixed(1);
}
