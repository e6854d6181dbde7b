// `npm run measure`: the figures a user feels, on this machine, through the public API of a real `npm start`. One table,
// with machine and date. Quiet machine please: other work makes every line worse.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { openDatabase } from '../../infra/database/connection.ts';
import { freePort } from '../../infra/local/free-port.ts';
import type { Fields } from '../harness/api-world.ts';
import { httpDoor, webSocketDoor } from '../harness/doors.ts';
import { eventually } from '../harness/eventually.ts';
import { machineName } from './machine-name.ts';
import { startMachines, type Machines } from './machines.ts';

interface Row {
  readonly what: string;
  readonly measured: string;
  readonly target: string;
}

const rows: Row[] = [];
const folder = mkdtempSync(path.join(tmpdir(), 'gill-measure-'));
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const row = (what: string, measured: string, target: string): void => {
  rows.push({ what, measured, target });
  console.log(`${what}: ${measured} (${target})`);
};

try {
  {
    await using first = await startMachines(folder, await freePort());
    row('`npm start` to ready, first time', seconds(first.readyMs), '≤ 25 s');
    const startedAt = performance.now() - first.readyMs;
    await untilReady(first);
    row('… until both functions have loaded', seconds(performance.now() - startedAt), '');
  }
  await using machines = await startMachines(folder, await freePort());
  row('`npm start` to ready, warm', seconds(machines.readyMs), '≤ 8 s');
  const startedAt = performance.now() - machines.readyMs;
  await untilReady(machines);
  row('… until both functions have loaded', seconds(performance.now() - startedAt), '');

  await say(machines.url, 'Hello!', 'NEVER'); // the first reply warms caches that a server keeps
  const quiet = await repeat(9, () => say(machines.url, 'Tell me about a red fox.', 'NEVER'));
  row('first token, short message', seconds(median(quiet.map(({ firstTextMs }) => firstTextMs))), '≤ 0.5 s');
  const drawn = await repeat(5, () => say(machines.url, 'a red fox under an umbrella at night', 'ALWAYS'));
  row('picture, from the message to its file', seconds(median(drawn.map(({ pictureMs }) => pictureMs))), '≤ 4 s');

  await eventually(async () => (await reports(machines)).length > 0);
  const memory = machines.residentBytes();
  const total = Object.values(memory).reduce((sum, bytes) => sum + bytes, 0);
  const parts = Object.entries(memory).map(([name, bytes]) => `${name} ${Math.round(bytes / 1e6)}`);
  row('resident memory, idle, both models loaded', `${Math.round(total / 1e6)} MB (${parts.join(', ')})`, '≤ 1,200 MB');

  await health(machines); // the answer covers the time since the one before
  const worst = { p99: 0, max: 0 };
  const over = performance.now() + 20_000;
  const load = Array.from({ length: 3 }, async () => {
    while (performance.now() < over) await say(machines.url, 'a blue whale in the sea', 'ALWAYS');
  });
  while (performance.now() < over) {
    for (const { p99, max } of await reports(machines)) {
      worst.p99 = Math.max(worst.p99, p99);
      worst.max = Math.max(worst.max, max);
    }
    await delay(1_000);
  }
  await Promise.all(load);
  const api = (await health(machines))['eventLoopDelayMs'] as { p99: number; max: number };
  row('event-loop delay of the API under load, p99 (max)', `${api.p99} ms (${api.max} ms)`, '< 5 ms');
  row('… of the worker, worst 2 s window, p99 (max)', `${worst.p99} ms (${worst.max} ms)`, '< 20 ms');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const language = spawnSync(process.execPath, ['test/drill/measure-language.ts'], { encoding: 'utf8' });
console.log(`
${new Date().toISOString().slice(0, 10)}, ${machineName()}

| what | measured | target |
| --- | --- | --- |
${rows.map(({ what, measured, target }) => `| ${what} | ${measured} | ${target} |`).join('\n')}

${language.stdout}${language.stderr}`);

interface Timing {
  readonly firstTextMs: number;
  readonly pictureMs: number;
}

/** Sends and watches on one path, as a person with an open page does. */
async function say(url: string, words: string, images: 'ALWAYS' | 'NEVER'): Promise<Timing> {
  const startedAt = performance.now();
  const query = `mutation($input: SendMessageInput!) { sendMessage(input: $input) { reply { id } userErrors { message } } }`;
  const input = { parts: [{ text: words }], options: { images }, idempotencyKey: crypto.randomUUID() };
  const { data } = await httpDoor(url).request({ query, variables: { input } });
  const { reply } = data!['sendMessage'] as Fields;
  await using stream = webSocketDoor(url).subscribe!({
    query: `subscription($id: ID!) { messageEvents(messageId: $id) { __typename ... on ImageDoneEvent { image { id ... on GeneratedImage { status } } }
      ... on MessageDoneEvent { message { status } } } }`,
    variables: { id: (reply as Fields)['id'] as string },
  });
  const timing = { firstTextMs: Number.NaN, pictureMs: Number.NaN };
  for (let received = await stream.next(); received; received = await stream.next()) {
    const event = received.data!['messageEvents'] as Fields;
    const elapsedMs = performance.now() - startedAt;
    if (event['__typename'] === 'TextEvent' && Number.isNaN(timing.firstTextMs)) timing.firstTextMs = elapsedMs;
    if (event['__typename'] === 'ImageDoneEvent' && event['image'].status === 'COMPLETED') timing.pictureMs = elapsedMs;
    if (event['__typename'] === 'MessageDoneEvent' && event['message'].status !== 'COMPLETED')
      throw new Error(`the reply to "${words}" ended as ${event['message'].status as string}`);
  }
  return timing;
}

async function repeat<T>(times: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let i = 0; i < times; i++) results.push(await work());
  return results;
}

async function untilReady({ url }: Machines): Promise<void> {
  await eventually(async () => {
    const { data } = await httpDoor(url).request({ query: '{ capabilities { functions { state } } }' });
    const { functions } = data!['capabilities'] as { functions: { state: string }[] };
    return functions.every(({ state }) => state === 'READY');
  }, 120_000);
}

async function health({ url }: Machines): Promise<Fields> {
  return (await (await fetch(`${url}/healthz`)).json()) as Fields;
}

/** Event-loop delay of the workers, as they report it every two seconds. */
async function reports({ databaseUrl }: Machines): Promise<{ p99: number; max: number }[]> {
  await using handle = openDatabase(databaseUrl, { maxConnections: 1, applicationName: 'gill-measure' });
  const { rows: found } = await sql<{ report: string }>`
    select report from worker where seen_at > now() - interval '10 seconds'`.execute(handle.db);
  return found.map(({ report }) => (JSON.parse(report) as Fields)['eventLoopDelayMs'] as { p99: number; max: number });
}
