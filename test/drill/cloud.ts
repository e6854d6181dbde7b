// `node test/drill/cloud.ts [messages]`: the cloud on one machine. Two API processes, three workers over functions behind
// HTTP, the database in its DSQL emulation, bells of which a fifth are lost and a third doubled, S3 that says 503, cuts and
// stalls, clocks that are minutes apart, and processes killed at random. Each message is answered exactly once, in the order
// of its conversation. Prints a table for docs/operations.md.
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { coerceError } from '../../core/app-error.ts';
import { silentLog } from '../../core/log.ts';
import { startFunctionServer } from '../../functions/container/function-server.ts';
import { parseDiffusionInput, parseLlmInput } from '../../functions/container/parse-input.ts';
import { openDatabase } from '../../infra/database/connection.ts';
import { migrate } from '../../infra/database/migrate.ts';
import { createS3MediaStore } from '../../infra/media/s3-media-store.ts';
import { freePort } from '../../infra/local/free-port.ts';
import { recordedDiffusion, recordedLlm, recordedText } from '../recordings/recorded-function.ts';
import { createTestDatabase } from '../harness/database.ts';
import { httpDoor } from '../harness/doors.ts';
import { dsqlSettings } from '../harness/dsql.ts';
import { eventually } from '../harness/eventually.ts';
import { createFaultyQueue } from '../harness/faulty-queue.ts';
import { startFaultyProxy } from '../harness/faulty-proxy.ts';
import { bucket, startTestS3, testIdentity } from '../harness/s3.ts';
import { machineName } from './machine-name.ts';

const wanted = Number(process.argv[2] ?? 400);
const turns = 4;
const conversations = Math.ceil(wanted / turns);
const atOnce = 8;
/** Between two kills at most: longer than a process takes to start here. */
const longestLifeMs = 6_000;
const deadlineMs = 60_000 + wanted * 3_000;
const startedAt = performance.now();
const failures: string[] = [];
let [kills, resent, done] = [0, 0, 0];

await using parts = new AsyncDisposableStack();
const database = parts.use(await createTestDatabase(dsqlSettings));
const { db } = parts.use(openDatabase(database.url, { maxConnections: 4, applicationName: 'drill-judge' }));
await migrate(db);
const s3 = parts.use(await startTestS3());
const s3Faults = parts.use(
  await startFaultyProxy(s3.url, () => {
    const dice = Math.random();
    return dice < 0.05 ? '503' : dice < 0.07 ? 'cut' : dice < 0.08 ? 'stall' : 'none';
  }),
);
const queue = createFaultyQueue(Math.random);
const queueUrl = await serveQueue();
const shared = { slots: 8, host: '127.0.0.1', port: 0, maxBodyBytes: 1_000_000, log: silentLog };
const pause = (): Promise<void> => delay(Math.random() * 30);
const llm = parts.use(
  await startFunctionServer({ ...shared, function: recordedLlm({ before: pause }), parse: parseLlmInput }),
);
const diffusion = parts.use(
  await startFunctionServer({ ...shared, function: recordedDiffusion({ before: pause }), parse: parseDiffusionInput }),
);
const apis = [await freePort(), await freePort()].map((port) => ({ url: `http://127.0.0.1:${port}`, port }));
const processes = [
  ...apis.map(({ port }) => keepAlive({ ROLE: 'api', PORT: String(port) })),
  ...Array.from({ length: 3 }, () => keepAlive({ ROLE: 'worker', PORT: '0' })),
];
const over = new AbortController();
parts.defer(async () => {
  over.abort();
  await Promise.all(processes.map((process) => process.stop()));
});

const progress = setInterval(() => console.log(`${done} accepted, ${kills} kills`), 10_000);
parts.defer(() => clearInterval(progress));
for (const { url } of apis) await eventually(() => answers(url), 240_000);
console.log(`${processes.length} processes, ${conversations} conversations of ${turns} messages`);
try {
  const killing = killAtRandom(over.signal);
  const queued = Array.from({ length: conversations }, (_, index) => index);
  const lane = async (): Promise<void> => {
    for (let next = queued.pop(); next !== undefined; next = queued.pop()) await converse();
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, conversations) }, lane));
  await eventually(async () => (await unfinished()) === 0, deadlineMs);
  over.abort();
  await killing;
  await judge();
} catch (thrown) {
  failures.push(coerceError(thrown).message);
}
report();
process.exitCode = failures.length > 0 ? 1 : 0;

/** Sends its turns one behind the other without waiting for answers, each to whichever API answers. */
async function converse(): Promise<void> {
  let conversationId: string | undefined;
  for (let turn = 0; turn < turns; turn++) {
    const images = turn % 2 === 0 ? 'ALWAYS' : 'NEVER';
    const options = { maxTokens: 24, images, image: { steps: 4 } };
    const input = { parts: [{ text: `turn ${turn}` }], options, conversationId, idempotencyKey: randomUUID() };
    conversationId = await send(input);
  }
}

async function send(input: object): Promise<string> {
  const query = `mutation($input: SendMessageInput!) { sendMessage(input: $input) { conversation { id } userErrors { code message } } }`;
  for (let sends = 1; ; sends++) {
    over.signal.throwIfAborted();
    const { url } = apis[Math.floor(Math.random() * apis.length)]!;
    try {
      const { data } = await httpDoor(url).request({ query, variables: { input } });
      const sent = data?.['sendMessage'] as
        { conversation: { id: string } | null; userErrors: { code: string }[] } | undefined;
      if (sent?.conversation) {
        if (sends > 1) resent++;
        done++;
        return sent.conversation.id;
      }
      const code = sent?.userErrors[0]?.code;
      if (code !== undefined && code !== 'BUSY') throw new Error(`refused: ${JSON.stringify(sent)}`);
    } catch (thrown) {
      // killed, or not up again yet: the same key is sent to the other one
      if (coerceError(thrown).message.startsWith('refused')) throw thrown;
    }
    await delay(100);
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz`)).ok;
  } catch {
    return false;
  }
}

async function unfinished(): Promise<number> {
  const { rows } = await sql<{ count: string }>`
    select count(*) as count from message where status in ('QUEUED', 'RUNNING')`.execute(db);
  return Number(rows[0]!.count);
}

async function judge(): Promise<void> {
  const { rows } = await sql<{ problem: string }>`
    select 'ended as ' || status || ': ' || id as problem from message where status <> 'COMPLETED'
    union all select 'answered ' || count(*) || ' times: ' || parent_id from message where role = 'assistant'
      group by parent_id having count(*) <> 1
    union all select 'never answered: ' || asked.id from message asked where asked.role = 'user'
      and not exists (select 1 from message reply where reply.parent_id = asked.id)
    union all select 'gap in ' || message_id from event group by message_id having max(n) <> count(*) or min(n) <> 1
    union all select 'ended ' || count(*) || ' times: ' || message_id from event where body like '%"type":"done"%'
      group by message_id having count(*) <> 1
    union all select 'began before the one it follows had ended: ' || job.message_id from job
      join message earlier on earlier.id = job.after_message_id where job.claimed_at < earlier.finished_at
    union all select 'a picture without a file: ' || id from image where status <> 'COMPLETED' or file_key is null`.execute(
    db,
  );
  failures.push(...rows.map(({ problem }) => problem));
  const { rows: replies } = await sql<{ id: string; text: string }>`
    select message.id, string_agg(part.text, '' order by part.part_index) as text
    from message join part on part.message_id = message.id where role = 'assistant' group by message.id`.execute(db);
  const expected = recordedText.before + recordedText.after;
  for (const { id, text } of replies) if (text !== expected) failures.push(`${id} says "${text}"`);
  if (replies.length !== done) failures.push(`${done} messages were accepted, ${replies.length} have an answer`);

  const media = createS3MediaStore({
    endpoint: s3.url,
    publicEndpoint: undefined,
    region: testIdentity.region,
    bucket,
    credentials: testIdentity,
  });
  const images = await db.selectFrom('image').select(['id', 'file_key', 'sha256']).execute();
  for (const { id, file_key: key, sha256 } of images) {
    if (key === null) continue;
    const bytes = Buffer.from(await (await fetch((await media.signGet(key)).url)).arrayBuffer());
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) failures.push(`${id} is torn`);
  }
  await media[Symbol.asyncDispose]();
  if (images.length === 0) failures.push('nothing was drawn');
}

async function killAtRandom(signal: AbortSignal): Promise<void> {
  const hasEnded = (): boolean => signal.aborted;
  while (!hasEnded()) {
    await delay(longestLifeMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
    if (!hasEnded() && processes[Math.floor(Math.random() * processes.length)]!.kill()) kills++;
  }
}

/** A process that is started again whenever it ends. Its clock is wrong by up to three minutes, each time anew. */
function keepAlive(role: { readonly ROLE: string; readonly PORT: string }) {
  let stopped = false;
  let child: ChildProcess | undefined;
  const isStopped = (): boolean => stopped;
  const life = (async () => {
    while (!isStopped()) {
      const settings = {
        ...role,
        SKEW_MS: String(Math.round((Math.random() - 0.5) * 360_000)),
        DATABASE_URL: database.url,
        QUEUE_URL: queueUrl,
        S3_URL: s3Faults.url,
        LLM_URL: llm.url,
        DIFFUSION_URL: diffusion.url,
      };
      const env = Object.fromEntries(Object.entries(settings).map(([key, value]) => [`GILL_TEST_${key}`, value]));
      child = spawn(process.execPath, ['test/drill/cloud-part.ts'], {
        env: { PATH: process.env['PATH'], ...env },
        stdio: ['pipe', 'ignore', 'inherit'],
      });
      await once(child, 'exit');
    }
  })();
  return {
    kill: (): boolean => child?.kill('SIGKILL') ?? false,
    async stop() {
      stopped = true;
      child?.kill('SIGTERM');
      await life;
    },
  };
}

/** What SQS speaks, as far as a bell needs it. */
async function serveQueue(): Promise<string> {
  const server = createServer((request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as { ReceiptHandle: string };
      act(String(request.headers['x-amz-target']).split('.')[1], body, gone.signal).then(
        (answer) => response.end(JSON.stringify(answer)),
        () => response.writeHead(503).end('slow down'),
      );
    });
  });
  const act = async (
    action: string | undefined,
    body: { ReceiptHandle: string },
    signal: AbortSignal,
  ): Promise<object> => {
    if (action === 'SendMessage') await queue.send();
    if (action === 'DeleteMessage') await queue.remove(body.ReceiptHandle);
    if (action !== 'ReceiveMessage') return {};
    return { Messages: (await queue.receive(signal)).map((ReceiptHandle) => ({ ReceiptHandle })) };
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  parts.defer(async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/queue`;
}

function report(): void {
  const minutes = (performance.now() - startedAt) / 60_000;
  console.log(`
| date | machine | messages | kills | sends repeated | bells sent, delivered | S3 requests | failures | minutes |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
| ${new Date().toISOString().slice(0, 10)} | ${machineName()} | ${done} | ${kills} | ${resent} | ${queue.sent()}, ${queue.delivered()} | ${s3Faults.requests()} | ${failures.length} | ${minutes.toFixed(1)} |`);
  for (const failure of failures.slice(0, 50)) console.log(`FAILED ${failure}`);
}
