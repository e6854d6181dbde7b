// The peers' weights: written once by make-gguf.py and make-onnx.py from the served ones, then found. Must never compare files that other
// weights or an older script made, so the folder is named by all of them.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { weightsFile } from './work.ts';

/** A Python with requirements.txt of this folder and of training. */
export const python = process.env['BENCH_PYTHON'] ?? 'python3';

const scripts = ['make-gguf.py', 'make-onnx.py', 'onnx_graph.py', 'requirements.txt'];
const here = (name: string): string => path.join(import.meta.dirname, name);
const digest = createHash('sha256');
// the package's manifest holds its weights' digest
for (const file of [path.join(path.dirname(weightsFile), 'model.json'), ...scripts.map(here)])
  digest.update(readFileSync(file));
export const peersFolder = here(`node_modules/.cache/peers-${digest.digest('hex').slice(0, 12)}`);

export const ggufFile = (format: string): string => path.join(peersFolder, `${format}.gguf`);

/** What each script writes last: where it is, everything else of it is. */
const lastFiles = { 'make-gguf.py': 'f16.gguf', 'make-onnx.py': 'transformers/fused/onnx/model_quantized.onnx' };

/** @throws {Error} naming what to install when the scripts do not run */
export function preparePeers(): void {
  for (const [script, last] of Object.entries(lastFiles)) {
    if (existsSync(path.join(peersFolder, last))) continue;
    const out = script === 'make-onnx.py' ? path.join(peersFolder, 'transformers') : peersFolder;
    console.error(`${script} writes what the peers read, once`);
    const { status, error } = spawnSync(python, [here(script), out], { stdio: ['ignore', 'inherit', 'inherit'] });
    if (status === 0) continue;
    throw new Error(
      `${python} ${script} ended with ${status ?? error?.message}: set BENCH_PYTHON to a Python 3 that has ` +
        'bench/requirements.txt and training/requirements.txt',
    );
  }
}
