// One API process under many readers: `node test/drill/measure-sockets.ts [sockets [hot [events a second [minutes]]]]`. Every socket
// watches a conversation of its own; in the hot ones a reply is always being written. Prints how old events are when they
// are read, whether any was lost, and whether memory stays. No model runs: the drill writes what workers would.
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { toPublicId } from '../../core/ids.ts';
import { silentLog } from '../../core/log.ts';
import { connectPostgresBus } from '../../infra/bus/postgres-bus.ts';
import { openDatabase } from '../../infra/database/connection.ts';
import { migrate } from '../../infra/database/migrate.ts';
import { startPostgres } from '../../infra/local/postgres.ts';
import { eventually } from '../harness/eventually.ts';
import { openHotReplies, type HotReplies, type Lane } from './hot-replies.ts';
import { machineName } from './machine-name.ts';
import { noCounts, quantileOf, sumCounts, type Counts } from './socket-counts.ts';
import { openReaders, startApi } from './socket-processes.ts';

const numbers = process.argv.slice(2).map(Number);
const [sockets = 10_000, hot = 1_000, eventsPerSecond = 10, minutes = 10] = numbers;
const socketsPerViewer = 50;
/** As many as a reply of 512 tokens has at most, or fewer. */
const eventsPerReply = 200;
/** Statements that write one round of events. */
const slices = 10;
const countEveryMs = 5_000;

/** Beside its place among the sockets. */
interface HotLane extends Lane {
  readonly socket: number;
  /** Events of its present reply. */
  length: number;
}

const folder = mkdtempSync(path.join(tmpdir(), 'gill-sockets-'));
try {
  await using parts = new AsyncDisposableStack();
  const { url } = parts.use(
    await startPostgres({ folder: path.join(folder, 'postgres') }, AbortSignal.timeout(60_000)),
  );
  {
    await using handle = openDatabase(url, { maxConnections: 1, applicationName: 'gill-drill' });
    await migrate(handle.db);
  }
  const replies = parts.use(openHotReplies(url, parts.use(await connectPostgresBus(url, silentLog))));
  const names = Array.from({ length: sockets }, (_, i) => `viewer-${Math.floor(i / socketsPerViewer)}`);
  const conversations = await replies.makeConversations(names);
  // hot ones lie among the others, and they do not all end together
  const lanes = Array.from({ length: hot }, (_, n): HotLane => {
    const socket = n * Math.floor(sockets / hot);
    const [viewerId, conversationId] = conversations[socket]!;
    return { socket, viewerId, conversationId, replyId: '', written: 0, length: 1 + (n % eventsPerReply) };
  });
  await replies.begin(lanes);

  const api = parts.use(await startApi(url, new Map(names.map((name) => [tokenOf(name), name]))));
  const replyOf = new Map(lanes.map(({ socket, replyId }) => [socket, toPublicId('message', replyId)]));
  const readers = parts.use(
    await openReaders(
      api.url,
      conversations.map(([, id], i) => ({
        token: tokenOf(names[i]!),
        conversationId: toPublicId('conversation', id),
        messageId: replyOf.get(i),
      })),
    ),
  );
  await eventually(async () => (await api.health()).subscriptions === sockets + hot, 120_000);
  console.log(
    `${sockets} sockets opened in ${api.cpuSeconds().toFixed(1)} s of CPU, ${megabytes(api.residentBytes())} resident`,
  );

  const over = AbortSignal.timeout(minutes * 60_000);
  const before = { cpuSeconds: api.cpuSeconds(), at: performance.now() };
  const next = ({ socket, replyId }: HotLane): void => readers.next(socket, toPublicId('message', replyId));
  const writing = Promise.all(
    Array.from({ length: slices }, (_, slice) =>
      keepWriting(
        replies,
        lanes.filter((_, n) => n % slices === slice),
        { slice, over, next },
      ),
    ),
  );
  writing.catch(() => undefined); // it is awaited below
  const samples: { readonly counts: Counts; readonly resident: number }[] = [];
  await api.health(); // delays count from here on
  while (!over.aborted) {
    await Promise.race([delay(countEveryMs), writing]);
    samples.push({ counts: await readers.count(), resident: api.residentBytes() });
    if (samples.length % 12 === 1) tell(samples.at(-1)!);
  }
  const { eventLoopDelayMs: loop } = await api.health();
  const written = (await writing).flat().reduce((sum, n) => sum + n, 0);
  const seconds = (performance.now() - before.at) / 1000;
  const cpuShare = (api.cpuSeconds() - before.cpuSeconds) / seconds;
  await delay(countEveryMs);
  samples.push({ counts: await readers.count(), resident: api.residentBytes() });
  report({ written, seconds, cpuShare, loop, samples });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function tell({ counts, resident }: { readonly counts: Counts; readonly resident: number }): void {
  const [p50, p99] = [0.5, 0.99].map((q) => quantileOf(counts.ages, q));
  console.log(`in the last ${countEveryMs / 1000} s p50 ${p50} ms, p99 ${p99} ms; ${megabytes(resident)}`);
}

function tokenOf(name: string): string {
  return `token-of-${name}`;
}

/** @returns events written */
async function keepWriting(
  replies: HotReplies,
  lanes: readonly HotLane[],
  { slice, over, next }: { slice: number; over: AbortSignal; next: (lane: HotLane) => void },
): Promise<number> {
  const roundMs = 1_000 / eventsPerSecond;
  const startedAt = performance.now() + (slice * roundMs) / slices;
  let events = 0;
  for (let round = 0; !over.aborted; round++) {
    await delay(Math.max(0, startedAt + round * roundMs - performance.now()));
    const [going, ending] = [
      lanes.filter(({ written, length }) => written + 1 < length),
      lanes.filter(({ written, length }) => written + 1 >= length),
    ];
    if (going.length > 0) await replies.write(going);
    events += lanes.length;
    if (ending.length === 0) continue;
    await replies.end(ending);
    for (const lane of ending) lane.length = eventsPerReply;
    await replies.begin(ending);
    ending.forEach(next);
  }
  return events;
}

function report(ran: {
  readonly written: number;
  readonly seconds: number;
  readonly cpuShare: number;
  readonly loop: { readonly p99: number; readonly max: number };
  readonly samples: readonly { readonly counts: Counts; readonly resident: number }[];
}): void {
  const { written, seconds, cpuShare, loop, samples } = ran;
  const total = samples.map(({ counts }) => counts).reduce(sumCounts, noCounts());
  const read = total.ages.reduce((sum, n) => sum + n, 0);
  const worst = Math.max(...samples.map(({ counts }) => quantileOf(counts.ages, 0.99)));
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  const median = (from: number): number =>
    samples
      .slice(from, from + quarter)
      .map(({ resident }) => resident)
      .sort((a, b) => a - b)[Math.floor(quarter / 2)]!;
  const [early, late] = [median(quarter), median(samples.length - quarter)];
  const problems = [...total.problems, ...(read === written ? [] : [`${written} events were written, ${read} read`])];
  console.log(`
${new Date().toISOString().slice(0, 10)}, ${machineName()}, load ${loadavg()[0]!.toFixed(1)}: ${sockets} sockets, ${hot} hot replies, ${minutes} minutes

| events written a second | read | age when read, p50 / p95 / p99 / most, ms | worst p99 of ${countEveryMs / 1000} s | replies ended | event loop p99 / most, ms | API's CPU | resident, second → last quarter | problems |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
| ${(written / seconds).toFixed(0)} | ${read} of ${written} | ${[0.5, 0.95, 0.99, 1].map((q) => quantileOf(total.ages, q)).join(' / ')} | ${worst} | ${total.ended} | ${loop.p99.toFixed(0)} / ${loop.max.toFixed(0)} | ${(cpuShare * 100).toFixed(0)} % of a core | ${megabytes(early)} → ${megabytes(late)} | ${problems.length} |
${problems.slice(0, 10).join('\n')}`);
  if (problems.length > 0) process.exitCode = 1;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
