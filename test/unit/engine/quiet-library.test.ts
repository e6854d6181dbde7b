// ONNX Runtime reports nothing and leaves nothing behind: its own telemetry, on by default since 1.30, is off before the
// library is loaded. Seen from outside, on a home folder of its own, because the switch is read once per process.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

const script = `
  import { createGraph } from './functions/engine/onnx-graph.ts';
  import { openSession } from './functions/engine/onnx-runtime.ts';
  const graph = createGraph();
  graph.op('Identity', [graph.input('x', 'float32', [1])], {}, { outputs: ['y'] });
  graph.output('y', 'float32', [1]);
  await using session = await openSession(graph.toModel());

`;

test('a process that opens a session writes nothing into its home and no log of telemetry', () => {
  const home = mkdtempSync(path.join(os.tmpdir(), 'gill-home-'));
  try {
    execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
      env: { PATH: process.env['PATH'], HOME: home, TMPDIR: home },
    });
    assert.deepEqual(readdirSync(home), []);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
