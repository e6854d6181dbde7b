// The vision function as a container of its own, ROLE=vision, and a worker that reaches it by its URL: rows come through as they do
// in process.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { VisionEvent, VisionInput } from '../../../core/function-contract.ts';
import { openVisionFunction } from '../../../functions/vision/vision-function.ts';
import { connectRemoteFunction } from '../../../functions/worker/remote-function.ts';
import { eventually } from '../../harness/eventually.ts';
import { formulaPicture } from '../../harness/formula.ts';
import { writeVisionPackage } from '../../harness/vision-package.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const never = new AbortController().signal;

test('a container sees what the function sees in process, and refuses what it refuses', async () => {
  await using parts = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), 'gill-vision-'));
  parts.defer(() => rm(folder, { recursive: true }));
  await writeVisionPackage(folder);
  const child = spawn(process.execPath, [path.join(root, 'functions/container/serve.ts'), 'serve'], {
    env: { PATH: process.env['PATH'], ROLE: 'vision', MODEL_URI: folder, HOST: '127.0.0.1', PORT: '0' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  parts.defer(() => void child.kill('SIGKILL'));
  let url: string | undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const entry = JSON.parse(line) as { type?: string; url?: string };
    if (entry.type === 'ready') url = entry.url;
  });
  await eventually(() => url !== undefined, 30_000);
  await eventually(async () => (await fetch(`${url!}/ping`)).status === 200, 30_000);

  const remote = parts.use(connectRemoteFunction<VisionInput, VisionEvent>(url!));
  const local = parts.use(openVisionFunction({ modelFolder: folder }));
  await eventually(() => [remote, local].every(({ health }) => health().state === 'ready'), 30_000);
  const picture = { width: 192, height: 192, rgb: Buffer.from(formulaPicture(1, 192).rgb).toString('base64') };
  for (const input of [
    { contract: 2, picture },
    { contract: 2, picture: { ...picture, width: 191 } },
  ] as const) {
    const [here, there] = [[], []] as [VisionEvent[], VisionEvent[]];
    await local.run(input, (event) => here.push(event), never);
    await remote.run(input, (event) => there.push(event), never);
    const timeless = (events: VisionEvent[]) => events.filter(({ type }) => type !== 'usage');
    assert.deepEqual(timeless(there), timeless(here));
    assert.equal(here.at(-1)?.type, input.picture.width === 192 ? 'done' : 'error');
  }
  const unknown = JSON.stringify({ contract: 2, picture: { ...picture, alpha: 1 } });
  const refused = await fetch(`${url!}/invocations`, { method: 'POST', body: unknown });
  assert.deepEqual([refused.status, /alpha/.test(await refused.text())], [400, true]);
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});
