// Memory that was given back: it costs nothing until it is written again, and what lies beside it is as it was.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { giveBackPages } from '../../../functions/engine/resident-memory.ts';

/** Of this process, from the kernel itself: other memory of the process comes and goes, by less than half of what is tested with. */
async function residentBytes(): Promise<number> {
  const [, pages] = (await readFile('/proc/self/statm', 'utf8')).split(' ');
  return Number(pages) * 4096;
}

test(
  'pages that are given back are no longer resident, and their neighbours hold what they held',
  { skip: process.platform !== 'linux' },
  async () => {
    const size = 64 * 2 ** 20;
    const data = new Float32Array(size / 4).fill(1);
    const before = await residentBytes();
    const [begin, end] = [1000, data.length - 1000];
    await giveBackPages(data.subarray(begin, end));
    assert.ok((await residentBytes()) < before - size / 2, 'the memory is still resident');
    assert.ok(data.subarray(0, begin).every((value) => value === 1));
    assert.ok(data.subarray(end).every((value) => value === 1));
    data.fill(2);
    assert.ok(data.every((value) => value === 2));
    await giveBackPages(data.subarray(0, 100)); // not one whole page
    assert.equal(data[50], 2);
  },
);
