// The second part of `npm run drill [-- rounds]`, behind cdk-variants.ts: kills each part of a running server with SIGKILL, at
// random moments under load, twenty times each, and then counts: every accepted message ended exactly once, what streamed is
// what is stored, no file is torn, no event lost or doubled. Prints a table for docs/operations.md.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../infra/local/free-port.ts';
import { httpDoor } from '../harness/doors.ts';
import { eventually } from '../harness/eventually.ts';
import { brokenTruths, isStoredAsStreamed } from './judge.ts';
import { converse, type Outcome } from './load.ts';
import { machineName } from './machine-name.ts';
import { partNames, startMachines, type Machines } from './machines.ts';

const rounds = Number(process.argv[2] ?? 20);
const users = 4;
/** A killed part is back within this, or the drill fails. */
const recoveryMs = 60_000;
const wishes = [
  'a red fox in the snow',
  'Hello!',
  'a blue whale in the sea',
  'Now make it night',
  'two cats on a hill',
];

const folder = mkdtempSync(path.join(tmpdir(), 'gill-drill-'));
const failures: string[] = [];
const outcomes: Outcome[] = [];
const startedAt = performance.now();
try {
  await using machines = await startMachines(folder, await freePort());
  console.log(`ready after ${(machines.readyMs / 1_000).toFixed(1)} s; ${rounds} rounds of ${partNames.join(', ')}`);
  const over = new AbortController();
  const load = Promise.all(Array.from({ length: users }, (_, user) => talk(machines, user, over.signal)));
  load.catch(() => over.abort()); // it is awaited at the end
  await eventually(() => outcomes.length > 0, recoveryMs);
  for (let round = 1; round <= rounds; round++) {
    for (const part of partNames) {
      await delay(Math.random() * 1_500);
      const pid = machines.kill(part);
      if (pid === undefined) failures.push(`round ${round}: ${part} was not running`);
      // recovered means: a message that was waiting has ended, so every part did its work again
      const ended = outcomes.length;
      await eventually(() => outcomes.length > ended, recoveryMs);
    }
    console.log(`round ${round}: ${outcomes.length} messages ended`);
  }
  over.abort();
  await load;
  await judge(machines);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
report();
process.exitCode = failures.length > 0 ? 1 : 0;

async function talk(machines: Machines, user: number, signal: AbortSignal): Promise<void> {
  for (let turn = 0; !signal.aborted; turn++) {
    const words = wishes[(user + turn) % wishes.length]!;
    const images = turn % 2 === 0 ? 'ALWAYS' : 'NEVER';
    const outcome = await converse(machines.url, words, { maxTokens: 24, images, image: { steps: 8 } });
    outcomes.push(outcome);
    if (outcome.status !== 'COMPLETED') failures.push(`${outcome.replyId} ended as ${outcome.status}`);
    if (!isStoredAsStreamed(outcome)) failures.push(`${outcome.replyId}: streamed is not stored`);
  }
}

/** Asks the database and the files themselves. */
async function judge(machines: Machines): Promise<void> {
  const query = `{ conversations(first: 100) { edges { node { images(first: 4) { edges { node { id sha256 byteSize file { url }
    ... on GeneratedImage { status } } } } } } } }`;
  const { data } = await httpDoor(machines.url).request({ query });
  const conversations = data!['conversations'] as {
    edges: { node: { images: { edges: { node: Record<string, string> & { file: { url: string } | null } }[] } } }[];
  };
  let files = 0;
  for (const { node } of conversations.edges.flatMap((edge) => edge.node.images.edges)) {
    if (!node.file) {
      failures.push(`${node['id']} has no file, status ${node['status']}`);
      continue;
    }
    const bytes = await download(node.file.url);
    if (createHash('sha256').update(bytes).digest('hex') !== node['sha256']) failures.push(`${node['id']} is torn`);
    files++;
  }
  console.log(`${files} files read and compared`);

  failures.push(...(await brokenTruths(machines.databaseUrl)));
}

/** The part killed last may be the one that holds the files: it is waited for like all the others. */
async function download(url: string): Promise<Buffer> {
  const deadline = performance.now() + recoveryMs;
  for (;;) {
    try {
      return Buffer.from(await (await fetch(url)).arrayBuffer());
    } catch (thrown) {
      if (performance.now() > deadline) throw thrown;
      await delay(200);
    }
  }
}

function report(): void {
  const resumes = outcomes.reduce((sum, outcome) => sum + outcome.resumes, 0);
  const resent = outcomes.filter(({ sends }) => sends > 1).length;
  const minutes = (performance.now() - startedAt) / 60_000;
  console.log(`
| date | machine | kills | messages | stream attempts after cuts | sends repeated | failures | minutes |
| --- | --- | --- | --- | --- | --- | --- | --- |
| ${new Date().toISOString().slice(0, 10)} | ${machineName()} | ${rounds * partNames.length} | ${outcomes.length} | ${resumes} | ${resent} | ${failures.length} | ${minutes.toFixed(1)} |`);
  for (const failure of failures) console.log(`FAILED ${failure}`);
}
