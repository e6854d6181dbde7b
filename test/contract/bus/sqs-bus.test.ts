// Bells over a queue: against one in memory that loses, doubles and delays, and the client against a server that speaks the
// protocol and checks the signature. No real queue was asked.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { silentLog } from '../../../core/log.ts';
import { callAws, loginToken } from '../../../infra/aws/signed-call.ts';
import { openDataApi } from '../../../infra/aws/data-api.ts';
import { createSqsBus } from '../../../infra/bus/sqs-bus.ts';
import { openSqsQueue } from '../../../infra/bus/sqs-queue.ts';
import { iamLogin } from '../../../infra/database/iam-login.ts';
import { openWake } from '../../../infra/scaling/wake.ts';
import { eventually } from '../../harness/eventually.ts';
import { createFaultyQueue } from '../../harness/faulty-queue.ts';
import { listenOn } from '../../harness/listen-on.ts';
import { seeded } from '../../harness/seeded.ts';

const identity = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'session/token+1=',
};
const credentials = () => Promise.resolve(identity);
const clock = () => Date.UTC(2026, 10, 24, 5);

test('of two hundred bells some are lost, yet whoever listens is rung; nothing is left over', async () => {
  const queue = createFaultyQueue(seeded(3));
  let rung = 0;
  {
    await using api = createSqsBus({ queue, log: silentLog });
    await using worker = createSqsBus({ queue, log: silentLog, retryMs: 5 });
    using _listener = worker.listen('jobs', () => rung++);
    for (let i = 0; i < 200; i++) {
      api.ring('jobs');
      await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually(async () => rung > 50 && (await queue.count()) === 0, 30_000);
  }
  const before = queue.delivered();
  await queue.send();
  assert.equal(queue.delivered(), before, 'someone still listens');
});

test('a burst of rings is one message or two', async () => {
  const queue = createFaultyQueue(() => 0.25);
  await using bus = createSqsBus({ queue, log: silentLog });
  for (let i = 0; i < 100; i++) bus.ring('jobs');
  await eventually(() => queue.sent() >= 1);
  assert.ok(queue.sent() <= 2, `${queue.sent()} messages`);
});

test('what is watched is rung in its own process alone, and the bus says so: watchers look by themselves', async () => {
  const queue = createFaultyQueue(() => 0.25);
  await using bus = createSqsBus({ queue, log: silentLog });
  await using other = createSqsBus({ queue, log: silentLog });
  assert.equal(bus.hearsOthers, false);
  const told: string[] = [];
  using _message = bus.listen('message:1', () => void told.push('message'));
  using _conversation = bus.listen('conversation:1', () => void told.push('conversation'));
  using _elsewhere = other.listen('message:1', () => void told.push('elsewhere'));
  bus.ring('message:1');
  bus.ring('conversation:1');
  await eventually(() => told.length >= 2);
  assert.deepEqual(told, ['message', 'conversation']);
  assert.equal(queue.sent(), 0);
});

test('a queue that answers at once instead of waiting is not asked without end', async () => {
  let asked = 0;
  const queue = { ...createFaultyQueue(() => 0.25), receive: () => (asked++, Promise.resolve([])) };
  await using bus = createSqsBus({ queue, log: silentLog, retryMs: 60_000 });
  using _listener = bus.listen('jobs', () => undefined);
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(asked, 1);
});

test('an answer that broke off is no end of listening', async () => {
  const lies = [new DOMException('too slow', 'TimeoutError'), new DOMException('cut off', 'AbortError')];
  const queue = createFaultyQueue(() => 0.25);
  const receive = (signal: AbortSignal) => {
    const lie = lies.pop();
    return lie ? Promise.reject(lie) : queue.receive(signal);
  };
  await using bus = createSqsBus({ queue: { ...queue, receive }, log: silentLog, retryMs: 5 });
  let rung = 0;
  using _listener = bus.listen('jobs', () => rung++);
  await queue.send();
  await eventually(() => rung > 0);
  assert.equal(lies.length, 0);
});

// what botocore 1.40.0 makes of the same requests, keys and second
const requestSignature = '2f1acf8189d073dcb1c56969642a2a4b2ed218c2b8f29349cbff7695d72ecb70';
const dsqlSignature = '97eb647e676806becf1f3b1050ddab0b974f55f7e69218fd0de86a072dabcc2c';
const rdsSignature = '143c5468ed6a560e7b3c08bc1b9939799b2712a07d3d6a19d4df58a28cc0d879';

test('login tokens are signed as AWS signs them', async () => {
  const shared = { region: 'eu-west-1', expiresSeconds: 900 };
  const dsql = { ...shared, service: 'dsql', host: 'abc.dsql.eu-west-1.on.aws', query: { Action: 'DbConnect' } };
  const token = await loginToken(dsql, credentials, clock);
  assert.match(token, /^abc\.dsql\.eu-west-1\.on\.aws\/\?Action=DbConnect&/);
  assert.ok(token.endsWith(`&X-Amz-Signature=${dsqlSignature}`), token);
  const host = 'db.cluster-x.eu-west-1.rds.amazonaws.com:5432';
  const rds = { ...shared, service: 'rds-db', host, query: { Action: 'connect', DBUser: 'gill' } };
  assert.ok((await loginToken(rds, credentials, clock)).endsWith(`&X-Amz-Signature=${rdsSignature}`));
});

test('a database URL names its Region, and each connection has a token of its own', async () => {
  const login = iamLogin('dsql://gill@abc.dsql.eu-west-1.on.aws/postgres', () => credentials);
  assert.ok(login && typeof login.password === 'function');
  assert.equal(login.user, 'gill');
  assert.match(await login.password(), /Action=DbConnect&.*eu-west-1%2Fdsql/);
  const owner = iamLogin('dsql://admin@abc.dsql.eu-west-1.on.aws/postgres', () => credentials);
  assert.ok(owner && typeof owner.password === 'function');
  assert.match(await owner.password(), /Action=DbConnectAdmin&/);
  assert.equal(iamLogin('postgres://localhost/gill'), undefined);
});

test('a cluster of RDS is believed by the authorities of its Region, and waited for while it wakes', () => {
  const login = iamLogin('rds://gill@db.cluster-x.eu-west-1.rds.amazonaws.com:5432/gill', () => credentials);
  assert.ok(login && typeof login.ssl === 'object' && Array.isArray(login.ssl.ca));
  const authorities = login.ssl.ca.map((pem) => new X509Certificate(String(pem)));
  for (const { subject, ca } of authorities) assert.ok(ca && subject.includes('Amazon RDS eu-west-1 Root CA'), subject);
  const year = 365 * 86_400_000;
  assert.ok(
    authorities.some(
      ({ subject, validToDate }) => subject.includes('RSA2048 G1') && validToDate.getTime() > Date.now() + year,
    ),
    'the one that new clusters have',
  );
  assert.ok(login.connectionTimeoutMillis! > 15_000);
  const dsql = iamLogin('dsql://gill@abc.dsql.eu-west-1.on.aws/postgres', () => credentials);
  assert.ok(dsql && typeof dsql.ssl === 'object' && dsql.ssl.ca === undefined && dsql.ssl.rejectUnauthorized === true);
  assert.throws(() => iamLogin('rds://gill@db.xx-nowhere-1.rds.amazonaws.com/gill', () => credentials), /xx-nowhere-1/);
});

test('a call is signed as AWS signs it', async () => {
  const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/1/bells';
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.SendMessage' };
  const body = { QueueUrl: queueUrl, MessageBody: 'look' };
  const call = { service: 'sqs', region: 'eu-west-1', headers, body };
  const sent = await capture(() => callAws(call, credentials, clock));
  assert.equal(sent.url, 'https://sqs.eu-west-1.amazonaws.com/');
  assert.match(sent.authorization, new RegExp(`Signature=${requestSignature}$`));
});

test('the client speaks the protocol: send, wait, take away, count; and wakes a service', async () => {
  const calls: { readonly action: string; readonly body: Record<string, unknown> }[] = [];
  await using service = await startService((action, body) => {
    calls.push({ action, body });
    switch (action) {
      case 'AmazonSQS.ReceiveMessage':
        return { Messages: [{ ReceiptHandle: 'one' }, { ReceiptHandle: 'two' }] };
      case 'AmazonSQS.GetQueueAttributes':
        return { Attributes: { ApproximateNumberOfMessages: '3', ApproximateNumberOfMessagesNotVisible: '1' } };
      case 'AmazonEC2ContainerServiceV20141113.DescribeServices':
        return { services: [{ desiredCount: 2 }] };
      case 'SageMaker.DescribeEndpoint':
        return { ProductionVariants: [{ VariantName: 'main', DesiredInstanceCount: 1 }] };
      default:
        return {};
    }
  });
  const queue = openSqsQueue(`${service.url}/1/bells`, 'eu-west-1', credentials);
  await queue.send();
  assert.deepEqual(await queue.receive(AbortSignal.timeout(5_000)), ['one', 'two']);
  await queue.remove('one');
  assert.equal(await queue.count(), 4);
  const ecs = openWake({ kind: 'ecs', cluster: 'gill', service: 'workers' }, 'eu-west-1', credentials, service.url);
  assert.equal(await ecs.desired(), 2);
  await ecs.ask(3);
  assert.deepEqual(calls.at(-1)?.body, { cluster: 'gill', service: 'workers', desiredCount: 3 });
  const endpoint = openWake({ kind: 'sagemaker', endpoint: 'gill' }, 'eu-west-1', credentials, service.url);
  assert.equal(await endpoint.desired(), 1);
  await endpoint.ask(0);
  assert.deepEqual(calls.at(-1)?.body, {
    EndpointName: 'gill',
    DesiredWeightsAndCapacities: [{ VariantName: 'main', DesiredInstanceCount: 0 }],
  });
  assert.ok(calls.slice(0, 4).every(({ body }) => body['QueueUrl'] === `${service.url}/1/bells`));
});

test('an answer that breaks off in its body is a failure of the service, with its name', async () => {
  await using service = await listenOn((_, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{');
    setImmediate(() => response.destroy());
  });
  await assert.rejects(openSqsQueue(`${service.url}/1/bells`, 'eu-west-1', credentials).count(), {
    code: 'STORAGE',
    message: /^sqs/,
  });
});

test('a database that wakes is asked again until it is awake, and one that refuses is not', async () => {
  const said: string[] = [];
  await using service = await listenOn((request, response) => {
    void read(request).then((text) => {
      const { sql } = JSON.parse(text) as { sql: string };
      said.push(sql);
      if (sql !== 'select 1') response.writeHead(400).end('{"message":"no such table"}');
      else if (said.length < 4) response.writeHead(400, { 'x-amzn-errortype': 'DatabaseResumingException' }).end('{}');
      else response.end('{"formattedRecords":"[{\\"one\\":1}]"}');
    });
  });
  const target = { clusterArn: 'arn:cluster', secretArn: 'arn:secret', database: 'gill' };
  const run = openDataApi(target, 'eu-west-1', { read: credentials, endpoint: service.url, pauseMs: 1 });
  assert.deepEqual(await run('select 1'), [{ one: 1 }]);
  assert.equal(said.length, 4);
  await assert.rejects(run('drop'), /no such table/);
  assert.equal(said.length, 5);
});

test('a refusal says what the service said, and stopping ends the waiting', async () => {
  await using service = await startService(() => undefined);
  const queue = openSqsQueue(`${service.url}/1/bells`, 'eu-west-1', credentials);
  await assert.rejects(queue.send(), /sqs answered 403: .*AccessDenied/);
  const gone = openSqsQueue('http://127.0.0.1:1/1/bells', 'eu-west-1', credentials);
  await assert.rejects(gone.send(), { code: 'STORAGE' });
  await assert.rejects(queue.receive(AbortSignal.abort()), { name: 'AbortError' });
});

/** @param answer undefined: the request is refused */
const startService = (answer: (action: string, body: Record<string, unknown>) => object | undefined) =>
  listenOn((request, response) => {
    void read(request).then((text) => {
      const action = String(request.headers['x-amz-target']);
      const answered = answer(action, JSON.parse(text) as Record<string, unknown>);
      response.writeHead(answered ? 200 : 403).end(JSON.stringify(answered ?? { __type: 'AccessDenied' }));
    });
  });

async function read(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

/** What would be sent, without sending it. */
async function capture(
  call: () => Promise<unknown>,
): Promise<{ readonly url: string; readonly authorization: string }> {
  const real = globalThis.fetch;
  let sent = { url: '', authorization: '' };
  globalThis.fetch = (input, init) => {
    const request = new Request(input, init);
    sent = { url: request.url, authorization: request.headers.get('authorization') ?? '' };
    return Promise.resolve(new Response('{}'));
  };
  try {
    await call();
  } finally {
    globalThis.fetch = real;
  }
  return sent;
}
