// How turns are grouped while a conversation grows at both ends: what did not change keeps its identity.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Turn } from '../../../web/src/turns.ts';
import { extend, regroup } from '../../../web/src/groups.ts';

const turnsOf = (from: number, to: number, alternatives = 1): Turn[] =>
  Array.from({ length: to - from }, (_, i) => ({
    role: 'user',
    id: String(from + i),
    alternatives: Array.from({ length: alternatives }, (_, other) => `${from + i}.${other}`),
    parts: [],
  }));
const idsOf = (groups: readonly (readonly Turn[])[]): string[] =>
  groups.map((group) => group.map(({ id }) => id).join());

test('groups keep where they begin, whatever comes in front or behind', () => {
  const first = regroup(turnsOf(100, 115), []);
  assert.deepEqual(
    first.map(({ length }) => length),
    [10, 5],
  );
  const grown = regroup(turnsOf(100, 123), first);
  assert.deepEqual(
    grown.map(({ length }) => length),
    [10, 10, 3],
  );
  assert.equal(grown[0], first[0], 'a group that did not change is the same object');
  assert.equal(grown[1]![0], first[1]![0], 'so is a turn');
  const earlier = regroup(turnsOf(87, 123), grown);
  assert.deepEqual(
    earlier.map(({ length }) => length),
    [10, 3, 10, 10, 3],
  );
  assert.deepEqual(earlier.slice(2), grown);
  assert.ok(earlier.slice(2).every((group, i) => group === grown[i]));
});

test('a turn with other alternatives is another one, and only it', () => {
  const before = regroup(turnsOf(0, 3), []);
  const after = regroup([...turnsOf(0, 2), ...turnsOf(2, 3, 2)], before);
  assert.deepEqual(
    [0, 1, 2].map((at) => after[0]![at] === before[0]![at]),
    [true, true, false],
  );
});

test('a newer end continues what is shown, or replaces it where the paths part before it', () => {
  const shown = regroup(turnsOf(0, 40), []);
  const continued = extend(shown, turnsOf(30, 45))!;
  assert.deepEqual(idsOf([continued]), idsOf([turnsOf(0, 45)]));
  assert.deepEqual(idsOf([extend(shown, turnsOf(10, 12))!]), idsOf([turnsOf(0, 12)]), 'a branch that is shorter');
  assert.equal(extend(shown, turnsOf(100, 103)), undefined);
  assert.equal(extend([], turnsOf(0, 3)), undefined);
});
