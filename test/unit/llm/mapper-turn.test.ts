// A mapper that reads the turn, of formula weights: any number of states that it has places for, counted from the rows back, and no other.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { createTurns } from '../../../functions/engine/turns.ts';
import { openMapper, type Mapper } from '../../../functions/llm/mapper.ts';
import { mapperFile } from '../../harness/mapper-package.ts';

const [width, rows, most] = [576, 8, 5];
const never = new AbortController().signal;
let folder: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gill-mapper-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function open(turnPositions: number, placeWidth?: number): Promise<Mapper> {
  const file = path.join(folder, `${turnPositions}-${placeWidth}.safetensors`);
  await writeFile(file, mapperFile(turnPositions, placeWidth));
  return openMapper({ path: file, rowScale: 0.1, imageTokens: rows }, width, createTurns());
}
const wave = (count: number, phase: number): Float32Array =>
  Float32Array.from({ length: count * width }, (_, i) => Math.sin(i * 0.37 + phase));

test('reads from one state to as many as it has places for, each of them', async () => {
  await using mapper = await open(most);
  assert.equal(mapper.turnPositions, most);
  const states = wave(rows, 0);
  const full = wave(most, 1);
  const whole = (await mapper.map(states, full, undefined, never)).slice();
  assert.ok(whole.every(Number.isFinite));
  const shorter = (await mapper.map(states, full.slice((most - 1) * width), undefined, never)).slice();
  assert.notDeepEqual(shorter, whole);
  for (let i = 0; i < most; i++) {
    const other = full.slice();
    other.set(wave(1, 9), i * width);
    assert.notDeepEqual((await mapper.map(states, other, undefined, never)).slice(), whole, `state ${i}`);
  }
  const swapped = Float32Array.from([
    ...full.slice(width, 2 * width),
    ...full.slice(0, width),
    ...full.slice(2 * width),
  ]);
  assert.notDeepEqual((await mapper.map(states, swapped, undefined, never)).slice(), whole, 'places tell them apart');
});

test('refuses none and more than it has places for, by their number', async () => {
  await using mapper = await open(most);
  for (const count of [0, most + 1])
    await assert.rejects(mapper.map(wave(rows, 0), wave(count, 1), undefined, never), {
      code: 'INTERNAL',
      message: `the mapper reads 1 to ${most} states of a turn, and is given ${count}`,
    });
});

test('without places it leaves the turn unread', async () => {
  await using mapper = await open(0);
  assert.equal(mapper.turnPositions, 0);
  const [with_, without] = [wave(3, 1), new Float32Array()];
  const first = (await mapper.map(wave(rows, 0), with_, undefined, never)).slice();
  assert.deepEqual((await mapper.map(wave(rows, 0), without, undefined, never)).slice(), first);
});

test('places of another width than its tokens are refused when it is opened', async () => {
  await assert.rejects(open(most, 255), {
    code: 'MODEL_UNAVAILABLE',
    message: /places "t" of width 255, but tokens of 256/,
  });
});
