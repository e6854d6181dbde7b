// The quick rules of the training code (scenes, prompts, dialogues), where a Python with PyTorch and the art are at hand.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';

const python = process.env['GILL_TRAINING_PYTHON'] ?? '.venv/bin/python';

/** Why the checks cannot run here, or false. */
function reasonToSkip(): string | false {
  const { status } = spawnSync(python, ['-c', 'import torch, tokenizers, jinja2, safetensors, PIL']);
  if (status !== 0) return `${python} has no PyTorch: install training/requirements.txt or set GILL_TRAINING_PYTHON`;
  if (!existsSync('training/work/art')) return 'the art is not fetched: python -m training.art';
  return false;
}

const skip = reasonToSkip();

test('scenes, prompts and dialogues hold', { skip }, () => {
  const { status, stdout, stderr } = spawnSync(
    python,
    ['-m', 'training.run', '--tier', 'checks', '--threads', '1'],
    { encoding: 'utf8' },
  );
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  assert.match(stdout, /hand-written turns among drawn ones/);
});
