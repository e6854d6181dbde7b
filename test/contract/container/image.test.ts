// The images without a container engine: what their Dockerfile says is held against what hosts want, and each entry runs in
// a folder with only what the Dockerfile copies, over HTTP as docs/http.md has it.
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { freePort } from '../../../infra/local/free-port.ts';
import { eventually } from '../../harness/eventually.ts';
import { buildImage, readStages, type Image } from '../../harness/image.ts';
import { bucket, startTestS3, testIdentity } from '../../harness/s3.ts';
import { createWorld } from '../../harness/world.ts';
import { openModelPackage } from '../../../functions/engine/model-package.ts';

const parts = new AsyncDisposableStack();
const scratch = mkdtempSync(path.join(tmpdir(), 'gill-test-data-'));
parts.defer(() => rmSync(scratch, { recursive: true, force: true }));
after(() => parts.disposeAsync());
const model = path.resolve('models/storybook');

const dataFolder = path.join(scratch, 'data');
mkdirSync(dataFolder);

/** USER of the Dockerfile. */
const user = 1000;
const notAsUser = reasonNotAsUser();

/** Why the entries cannot run as the image's user here, or false. */
function reasonNotAsUser(): string | false {
  if (process.getuid?.() !== 0) return 'only root can start a process of another user';
  const { status } = spawnSync(process.execPath, ['-e', `require('fs').readFileSync('${model}/model.json')`], {
    uid: user,
    gid: user,
  });
  return status === 0 ? false : `user ${user} may not read ${path.resolve('.')}: the entries run as root instead`;
}

/**
 * The entry as a host starts it: the image's own environment, and the host's on top. As the image's user, where that can be:
 * files are root's then, so that the file system is read-only to it but for the data folder; there is no temporary folder.
 */
function start(
  image: Image,
  env: Record<string, string>,
  args: readonly string[] = [],
): ChildProcess & { output: string } {
  const unprivileged = notAsUser === false ? { uid: user, gid: user } : {};
  if (notAsUser === false) {
    for (const folder of [image.folder, scratch]) chmodSync(folder, 0o755);
    chownSync(dataFolder, user, user);
  }
  const [, ...entry] = image.entrypoint;
  const child = spawn(process.execPath, [...entry, ...args], {
    cwd: image.folder,
    env: {
      PATH: '',
      TMPDIR: '/nowhere',
      ...image.env,
      GILL_DATA_FOLDER: dataFolder,
      HOST: '127.0.0.1',
      ...env,
    },
    ...unprivileged,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  parts.defer(() => void child.kill('SIGKILL'));
  const started = Object.assign(child, { output: '' });
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => (started.output += data.toString()));
  return started;
}

const statusOf = async (url: string): Promise<number> => {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0; // nobody listens yet
  }
};
const { width, height } = (await openModelPackage('models/storybook')).manifest.picture;
const input = {
  contract: 2,
  conditioning: { kind: 'TEXT', text: 'a red fox' },
  sampler: 'flow-euler',
  steps: 4,
  guidance: 3,
  seed: '7',
  width,
  height,
  previews: 0,
};
const invoke = (url: string, body: object): Promise<Response> =>
  fetch(`${url}/invocations`, { method: 'POST', body: JSON.stringify(body) });

describe('the Dockerfile', () => {
  for (const name of ['api', 'cpu', 'cuda']) {
    test(`${name}: a user without rights, one entry, no weights, nothing of tests or of the laptop`, () => {
      const { steps, base } = readStages().get(name)!;
      const of = (verb: string): string[] => steps.filter((step) => step.verb === verb).map(({ rest }) => rest);
      assert.deepEqual(of('USER'), [String(user)]);
      // where SageMaker, Cloud Run, KServe and Modal call unless told otherwise
      assert.deepEqual(of('EXPOSE'), ['8080']);
      assert.match(of('ENV').join(' '), /\bPORT=8080\b/);
      assert.equal(of('ENTRYPOINT').length, 1);
      // a GPU that cannot be used must be a refusal, never a slow surprise
      assert.equal(/\bDEVICE=cuda\b/.test(of('ENV').join(' ')), name === 'cuda');
      assert.match(base, /:\d+\.\d+\.\d+/, 'a base image without a version');
      for (const copied of of('COPY')) assert.doesNotMatch(copied, /models|test|training|infra\/local/);
      // a file system that may only be read: everything is put there as root, before the user changes
      const verbs = steps.map(({ verb }) => verb);
      assert.ok(verbs.lastIndexOf('COPY') < verbs.indexOf('USER') && verbs.lastIndexOf('RUN') < verbs.indexOf('USER'));
    });
  }
});

describe('the image for functions', () => {
  const image = parts.use(toAsync(buildImage('cpu')));

  test('SageMaker: `serve` on 8080 or PORT, /ping tells loading and ready, /invocations streams, SIGTERM lets it end', async () => {
    const before = image.files();
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const child = start(image, { ROLE: 'diffusion', MODEL_URI: model, PORT: String(port) }, ['serve']);
    await eventually(async () => (await statusOf(`${url}/ping`)) !== 0, 60_000);
    if (notAsUser === false) assert.equal(statSync(`/proc/${child.pid}`).uid, user);
    await eventually(async () => (await statusOf(`${url}/ping`)) === 200, 60_000);
    assert.equal((await invoke(url, { ...input, stepz: 1 })).status, 400);

    const response = await invoke(url, { ...input, steps: 12 });
    assert.equal(response.headers.get('content-type'), 'application/x-ndjson');
    child.kill('SIGTERM');
    const exit = once(child, 'exit');
    const events = (await response.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string });
    assert.deepEqual(
      events
        .slice(-3)
        .map(({ type }) => type)
        .sort(),
      ['done', 'pixels', 'usage'],
      child.output,
    );
    assert.deepEqual(await exit, [0, null]);
    assert.deepEqual(image.files(), before, 'something was written beside the data folder');
  });

  test('RunPod: health on a port of its own, 204 until it is ready; KServe and Cloud Run: PORT', async () => {
    const [port, healthPort] = [await freePort(), await freePort()];
    const child = start(image, {
      ROLE: 'diffusion',
      MODEL_URI: model,
      PORT: String(port),
      PORT_HEALTH: String(healthPort),
    });
    const seen = new Set<number>();
    await eventually(async () => {
      const status = await statusOf(`http://127.0.0.1:${healthPort}/ping`);
      if (status !== 0) seen.add(status);
      return status === 200;
    }, 60_000);
    assert.ok(
      [...seen].every((status) => status === 200 || status === 204),
      [...seen].join(),
    );
    assert.equal(await statusOf(`http://127.0.0.1:${port}/ping`), 200);
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  });

  test('as the image’s user, who may write its data and nothing else', { skip: notAsUser }, () => {
    const write = (folder: string): number | null => {
      const script = `require('fs').writeFileSync('${folder}/written', '')`;
      return spawnSync(process.execPath, ['-e', script], { uid: user, gid: user }).status;
    };
    for (const folder of [image.folder, path.join(image.folder, 'functions'), path.join(image.folder, 'core')])
      assert.equal(write(folder), 1, folder);
    assert.equal(write(dataFolder), 0);
  });

  test('while weights are on their way: 204 on both doors where RunPod asks, 503 with bytes elsewhere, a worker 204', async () => {
    // an S3 that takes requests and never answers
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    parts.defer(() => {
      silent.close();
      silent.closeAllConnections();
    });
    await once(silent, 'listening');
    const world = parts.use(await createWorld());
    const s3 = {
      MODEL_URI: 's3://weights/models/storybook',
      S3_ENDPOINT: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
      S3_BUCKET: 'pictures',
      S3_ACCESS_KEY_ID: 'key',
      S3_SECRET_ACCESS_KEY: 'secret',
      DATABASE_URL: world.url,
    };
    const ports = await Promise.all(Array.from({ length: 4 }, () => freePort()));
    const [runpod, runpodHealth, cloudRun, worker] = ports.map(String) as [string, string, string, string];
    const children = [
      start(image, { ...s3, ROLE: 'diffusion', PORT: runpod, PORT_HEALTH: runpodHealth }),
      start(image, { ...s3, ROLE: 'diffusion', PORT: cloudRun }),
      start(image, { ...s3, ROLE: 'worker', PORT: worker }),
    ];
    const at = (port: string): string => `http://127.0.0.1:${port}`;
    for (const [port, status] of [
      [runpod, 204],
      [runpodHealth, 204],
      [cloudRun, 503],
      [worker, 204],
    ] as const) {
      await eventually(async () => (await statusOf(`${at(port)}/ping`)) !== 0, 60_000);
      assert.equal(await statusOf(`${at(port)}/ping`), status, `${port} of ${ports.join()}`);
    }
    const told = await (await fetch(`${at(cloudRun)}/ping`)).json();
    assert.deepEqual(told, { state: 'loading', loadedBytes: 0, totalBytes: 0 });
    assert.equal((await invoke(at(runpod), input)).status, 503);
    for (const child of children) {
      const killedAt = performance.now();
      child.kill('SIGTERM');
      assert.deepEqual(await once(child, 'exit'), [0, null], child.output);
      // hosts kill after ten seconds; what nobody answers must not be waited for
      assert.ok(performance.now() - killedAt < 10_000, child.output);
    }
  });

  test('a model that is not there is said by /ping and in the log, not by a crash', async () => {
    const port = await freePort();
    const child = start(image, { ROLE: 'diffusion', MODEL_URI: '/nowhere', PORT: String(port) });
    await eventually(async () => (await statusOf(`http://127.0.0.1:${port}/ping`)) === 503, 60_000);
    await eventually(async () => {
      const body = (await (await fetch(`http://127.0.0.1:${port}/ping`)).json()) as { state: string; message?: string };
      return body.state === 'failed' && body.message?.includes('/nowhere') === true;
    }, 30_000);
    assert.equal((await invoke(`http://127.0.0.1:${port}`, input)).status, 503);
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
});

describe('the image for NVIDIA GPUs', () => {
  const image = parts.use(toAsync(buildImage('cuda')));
  const sentence = 'DEVICE=cuda cannot be had';

  test('asks for its GPU by name, as a function and as a worker: without one it ends with a sentence', async () => {
    const world = parts.use(await createWorld());
    const s3 = { S3_ENDPOINT: 'http://127.0.0.1:1', S3_BUCKET: 'pictures' };
    for (const env of [
      { ROLE: 'diffusion', MODEL_URI: model, PORT: '0' },
      { ROLE: 'llm', MODEL_URI: model, PORT: '0' },
      { ROLE: 'worker', MODEL_URI: model, DATABASE_URL: world.url, ...s3 },
    ]) {
      const child = start(image, env);
      assert.deepEqual(await once(child, 'exit'), [1, null], child.output);
      const told = child.output.split('\n').filter((line) => line.includes(sentence));
      assert.equal(told.length, 1, child.output);
      assert.match(told[0]!, /\(.+\): .+, or set DEVICE=cpu"/);
    }
  });

  test('computes on the processor where that is asked for, and tells so', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const child = start(image, { ROLE: 'diffusion', DEVICE: 'cpu', MODEL_URI: model, PORT: String(port) });
    await eventually(async () => (await statusOf(`${url}/ping`)) === 200, 60_000);
    assert.deepEqual(await (await fetch(`${url}/ping`)).json(), { state: 'ready', device: 'cpu' });
    const events = (await (await invoke(url, { ...input, steps: 1 })).text()).trim().split('\n');
    const usage = events.map((line) => JSON.parse(line) as { type: string; device?: string }).at(-2);
    assert.deepEqual([usage?.type, usage?.device], ['usage', 'cpu']);
    assert.match(child.output, /computing on cpu, DEVICE=cpu/);
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [0, null], child.output);
  });

  test('does not start with a device that there is not', async () => {
    const child = start(image, { ROLE: 'diffusion', DEVICE: 'nonsense', MODEL_URI: model, PORT: '0' });
    assert.deepEqual(await once(child, 'exit'), [1, null]);
    assert.match(child.output, /DEVICE=nonsense must be one of auto, cpu, cuda, webgpu/);
  });
});

describe('the image for the API', () => {
  test('starts with what it holds, asks for a token, serves the page, and ends on SIGTERM', async () => {
    const image = parts.use(toAsync(buildImage('api')));
    const world = parts.use(await createWorld());
    const s3 = parts.use(await startTestS3());
    const port = await freePort();
    const child = start(image, {
      PORT: String(port),
      AUTH_TOKENS: 'a-token-of-the-deployment=ada',
      DATABASE_URL: world.url,
      S3_ENDPOINT: s3.url,
      S3_BUCKET: bucket,
      S3_ACCESS_KEY_ID: testIdentity.accessKeyId,
      S3_SECRET_ACCESS_KEY: testIdentity.secretAccessKey,
    });
    const url = `http://127.0.0.1:${port}`;
    await eventually(async () => (await statusOf(`${url}/healthz`)) === 200, 60_000);
    assert.equal(await statusOf(`${url}/`), 200);
    const ask = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query: '{ viewer { name } }' }),
      });
    assert.equal((await ask({})).status, 401);
    const answer = await (await ask({ authorization: 'Bearer a-token-of-the-deployment' })).json();
    assert.deepEqual(answer, { data: { viewer: { name: 'ada' } } });
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [0, null], child.output);
  });

  test('does not start without knowing whom to let in', async () => {
    const image = parts.use(toAsync(buildImage('api')));
    const child = start(image, { DATABASE_URL: 'postgres://nobody' });
    assert.notDeepEqual(await once(child, 'exit'), [0, null]);
    assert.match(child.output, /AUTH_TOKENS, AUTH_TOKENS_PARAMETER or OIDC_ISSUER must be set/);
  });
});

function toAsync(image: Image): Image & AsyncDisposable {
  return {
    ...image,
    [Symbol.asyncDispose]: () => {
      image[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}
