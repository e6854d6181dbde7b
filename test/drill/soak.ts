// `npm run soak [-- minutes]`: mixed load with users who leave, come back and stop replies at random, for half an hour. Then it
// asks: did every message end once, is every slot free again, did anything grow? Prints a table for docs/operations.md.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../infra/local/free-port.ts';
import { eventually } from '../harness/eventually.ts';
import { seeded } from '../harness/seeded.ts';
import { brokenTruths, isStoredAsStreamed } from './judge.ts';
import { converse, type Outcome, type Whim } from './load.ts';
import { machineName } from './machine-name.ts';
import { startMachines, type Machines } from './machines.ts';

const minutes = Number(process.argv[2] ?? 30);
const users = 6;
const turnsPerConversation = 6;
const sampleEveryMs = 5_000;
/** A part that grew by more than both of these between the second and the last quarter leaks. */
const leak = { share: 0.1, bytes: 40e6 };
const wishes = [
  'a red fox in the snow',
  'Hello!',
  'Tell me a story about a penguin.',
  'Now make it night',
  'a blue car',
];

const folder = mkdtempSync(path.join(tmpdir(), 'gill-soak-'));
const failures: string[] = [];
const outcomes: Outcome[] = [];
const samples: Readonly<Record<string, number>>[] = [];
const random = seeded(11);

try {
  await using machines = await startMachines(folder, await freePort());
  const over = AbortSignal.timeout(minutes * 60_000);
  const load = Promise.all(Array.from({ length: users }, (_, user) => talk(machines, user, over)));
  load.catch(() => undefined); // it is awaited below
  while (!over.aborted) {
    await delay(sampleEveryMs);
    samples.push(machines.residentBytes());
    if (samples.length % 12 === 0) console.log(`${samples.length / 12} min: ${outcomes.length} messages ended`);
  }
  await load;
  await judge(machines);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
report();
process.exitCode = failures.length > 0 ? 1 : 0;

async function talk(machines: Machines, user: number, over: AbortSignal): Promise<void> {
  let conversationId: string | undefined;
  for (let turn = 0; !over.aborted; turn++) {
    if (turn % turnsPerConversation === 0) conversationId = undefined;
    const images = random() < 0.4 ? 'ALWAYS' : 'NEVER';
    const options = { maxTokens: 48, images, image: { steps: 6 + Math.floor(random() * 8) } };
    // one reply in five is stopped somewhere, every other reader leaves now and then
    const stops = random() < 0.2;
    const leaves = random() < 0.5;
    const whim = (): Whim => (stops && random() < 0.2 ? 'cancel' : leaves && random() < 0.2 ? 'leave' : 'watch');
    const words = wishes[(user + turn) % wishes.length]!;
    const outcome = await converse(machines.url, words, options, conversationId, whim);
    conversationId = outcome.conversationId;
    outcomes.push(outcome);
    if (outcome.status !== 'COMPLETED' && !(stops && outcome.status === 'CANCELLED'))
      failures.push(`${outcome.replyId} ended as ${outcome.status}`);
    if (!isStoredAsStreamed(outcome)) failures.push(`${outcome.replyId}: streamed is not stored`);
  }
}

async function judge(machines: Machines): Promise<void> {
  // more at once than there are slots: one that was never given back would show here
  const last = Array.from({ length: 12 }, () =>
    converse(machines.url, 'a green tree', { images: 'ALWAYS', maxTokens: 16, image: { steps: 4 } }),
  );
  for (const { replyId, status } of await Promise.all(last))
    if (status !== 'COMPLETED') failures.push(`afterwards ${replyId} ended as ${status}`);
  let open = '';
  const closed = async (): Promise<boolean> => {
    const { sockets, subscriptions } = (await (await fetch(`${machines.url}/healthz`)).json()) as Record<
      string,
      number
    >;
    open = `${sockets} sockets and ${subscriptions} subscriptions are still open`;
    return sockets === 0 && subscriptions === 0;
  };
  await eventually(closed, 30_000).catch(() => failures.push(open));
  failures.push(...(await brokenTruths(machines.databaseUrl)));
  for (const { part, before, after } of growths())
    if (after - before > Math.max(leak.bytes, leak.share * before))
      failures.push(`${part} grew from ${megabytes(before)} to ${megabytes(after)}`);
}

/** Medians of the second and the last quarter of the samples: the first quarter warms up. */
function growths(): { part: string; before: number; after: number }[] {
  const quarter = Math.floor(samples.length / 4);
  const median = (part: string, from: number): number => {
    const values = samples.slice(from, from + quarter).map((sample) => sample[part] ?? 0);
    return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  };
  return Object.keys(samples.at(-1) ?? {}).map((part) => ({
    part,
    before: median(part, quarter),
    after: median(part, samples.length - quarter),
  }));
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

function report(): void {
  const stopped = outcomes.filter(({ status }) => status === 'CANCELLED').length;
  const resumes = outcomes.reduce((sum, outcome) => sum + outcome.resumes, 0);
  const memory = growths().map(({ part, before, after }) => `${part} ${megabytes(before)} → ${megabytes(after)}`);
  console.log(`
| date | machine | minutes | messages | stopped | streams resumed | resident memory, second → last quarter | failures |
| --- | --- | --- | --- | --- | --- | --- | --- |
| ${new Date().toISOString().slice(0, 10)} | ${machineName()} | ${minutes} | ${outcomes.length} | ${stopped} | ${resumes} | ${memory.join(', ')} | ${failures.length} |`);
  for (const failure of failures) console.log(`FAILED ${failure}`);
}
