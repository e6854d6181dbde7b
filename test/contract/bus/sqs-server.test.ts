// Bells over a real SQS-compatible server, moto's, where it is installed: the queue's client, the bus over it, and a whole
// worker whose bells are lost, doubled and late. Also what wakes a service, against the same server's ECS.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { silentLog } from '../../../core/log.ts';
import { callAws } from '../../../infra/aws/signed-call.ts';
import { createSqsBus } from '../../../infra/bus/sqs-bus.ts';
import { openSqsQueue, type BellQueue } from '../../../infra/bus/sqs-queue.ts';
import { openWake } from '../../../infra/scaling/wake.ts';
import { eventually } from '../../harness/eventually.ts';
import type { RunningServer } from '../../harness/run-server.ts';
import { testIdentity } from '../../harness/s3.ts';
import { reasonToSkip, startMoto } from '../../harness/s3-servers.ts';
import { seeded } from '../../harness/seeded.ts';
import { createWorld } from '../../harness/world.ts';

const region = 'eu-west-1';
const credentials = () => Promise.resolve(testIdentity);
const isThere = [() => true, () => false] as const;

describe('moto', { skip: reasonToSkip('GILL_MOTO_SERVER', 'the program moto_server') }, () => {
  let server: RunningServer;
  before(async () => (server = await startMoto()));
  after(() => server[Symbol.asyncDispose]());

  const call = (service: string, version: string, target: string, body: object): Promise<unknown> =>
    callAws(
      {
        service,
        region,
        endpoint: server.url,
        headers: { 'content-type': `application/x-amz-json-${version}`, 'x-amz-target': target },
        body,
      },
      credentials,
    );
  /** As cdk/queue.ts makes it, but for times that a test can wait for. */
  async function newQueue(name: string, visibilitySeconds = 60): Promise<BellQueue> {
    const Attributes = { VisibilityTimeout: String(visibilitySeconds), ReceiveMessageWaitTimeSeconds: '20' };
    const answer = await call('sqs', '1.0', 'AmazonSQS.CreateQueue', { QueueName: name, Attributes });
    return openSqsQueue((answer as { QueueUrl: string }).QueueUrl, region, credentials);
  }
  const within = (): AbortSignal => AbortSignal.timeout(60_000);

  test('a bell is sent, counted, heard, counted while it is heard, and taken away', async () => {
    const queue = await newQueue('client');
    assert.equal(await queue.count(), 0);
    await queue.send();
    await queue.send();
    assert.equal(await queue.count(), 2);
    const receipts: string[] = [];
    while (receipts.length < 2) receipts.push(...(await queue.receive(within())));
    assert.equal(await queue.count(), 2, 'those being answered count: the controller must not take their worker away');
    for (const receipt of receipts) await queue.remove(receipt);
    assert.equal(await queue.count(), 0);
    await queue.remove(receipts[0]!); // once more is no error
  });

  test('a bell that nobody took away rings again; waiting ends with its signal', async () => {
    const queue = await newQueue('again', 1);
    await queue.send();
    const [first] = await queue.receive(within());
    const [second] = await queue.receive(within());
    assert.ok(first && second && first !== second);
    await queue.remove(second);
    const stop = new AbortController();
    const waiting = queue.receive(stop.signal);
    stop.abort();
    await assert.rejects(waiting, { name: 'AbortError' });
  });

  test('a queue that is not there is said by the service', async () => {
    const missing = openSqsQueue(`${server.url}/123456789012/missing`, region, credentials);
    await assert.rejects(missing.send(), /sqs answered 4\d\d: .*(NonExistentQueue|does not exist)/);
  });

  test('two buses over one queue: who listens is rung, a burst is few messages, and nothing is left over', async () => {
    const queue = await newQueue('bus');
    let sent = 0;
    const counted: BellQueue = { ...queue, send: () => (sent++, queue.send()) };
    let rung = 0;
    {
      await using api = createSqsBus({ queue: counted, log: silentLog });
      await using worker = createSqsBus({ queue, log: silentLog });
      using _listener = worker.listen('jobs', () => rung++);
      for (let i = 0; i < 100; i++) api.ring('jobs');
      await eventually(async () => rung > 0 && sent > 0 && (await queue.count()) === 0);
    }
    assert.ok(sent <= 2, `${sent} messages for one burst`);
  });

  test('lost, doubled and late: every job is done once', async () => {
    const queue = await newQueue('faulty', 1);
    const random = seeded(11);
    const late: Promise<void>[] = [];
    const faulty: BellQueue = {
      ...queue,
      async send() {
        const dice = random();
        if (dice < 0.2) return; // lost
        if (dice < 0.4) late.push(delay(300).then(() => queue.send()));
        else await queue.send();
        if (dice > 0.7) await queue.send(); // doubled
      },
      remove: (receipt) => (random() < 0.2 ? Promise.resolve() : queue.remove(receipt)), // it rings again
    };
    await using world = await createWorld();
    await using bus = createSqsBus({ queue: faulty, log: silentLog });
    {
      await using _one = world.work({ bus });
      await using _other = world.work({ bus });
      const replies: string[] = [];
      for (let i = 0; i < 20; i++) {
        replies.push((await world.send()).replyId);
        bus.ring('jobs');
      }
      await eventually(async () =>
        (await Promise.all(replies.map(world.read))).every(({ status }) => status === 'COMPLETED'),
      );
    }
    const attempts = await world.db.selectFrom('job').select(['attempt', 'state']).execute();
    assert.ok(attempts.length >= 40 && attempts.every(({ attempt, state }) => attempt === 1 && state === 'done'));
    await Promise.all(late);
  });

  test('a service of workers is asked how many it wants, and told', async () => {
    const ecs = (action: string, body: object): Promise<unknown> =>
      call('ecs', '1.1', `AmazonEC2ContainerServiceV20141113.${action}`, body);
    // moto loads a service when it is first asked for, which may take longer than our calls wait
    const made = () => ecs('CreateCluster', { clusterName: 'gill' }).then(...isThere);
    await eventually(made, 200_000);
    const containerDefinitions = [{ name: 'worker', image: 'worker', memory: 64, cpu: 0 }];
    await ecs('RegisterTaskDefinition', { family: 'worker', containerDefinitions });
    const of = { cluster: 'gill', taskDefinition: 'worker', desiredCount: 0 };
    await ecs('CreateService', { ...of, serviceName: 'workers' });
    const wake = openWake({ kind: 'ecs', cluster: 'gill', service: 'workers' }, region, credentials, server.url);
    assert.equal(await wake.desired(), 0);
    await wake.ask(2);
    assert.equal(await wake.desired(), 2);
    const missing = openWake({ kind: 'ecs', cluster: 'gill', service: 'none' }, region, credentials, server.url);
    await assert.rejects(missing.desired(), /ECS knows no service none/);
  });
});
