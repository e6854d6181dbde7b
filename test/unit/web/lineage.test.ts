// The small tree of where a picture comes from.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { treeOf, type Kin, type Relative } from '../../../web/src/lineage.ts';

const drawn = (id: string, parent?: string, status = 'COMPLETED'): Relative =>
  ({
    __typename: 'GeneratedImage',
    id,
    alt: id,
    file: null,
    status,
    recipe: { words: id, seed: '1', strength: null },
    parent: parent === undefined ? null : { id: parent },
    replayOf: null,
  }) as Relative;
const shape = (kin: Kin | undefined): string =>
  kin ? `${kin.picture.id}(${kin.children.map(shape).join(' ')})` : 'alone';

test('those before it, the others drawn from the same, and what was drawn from it', () => {
  const pictures = [drawn('a'), drawn('b', 'a'), drawn('c', 'a'), drawn('d', 'c'), drawn('e', 'd'), drawn('f', 'd')];
  const line = [pictures[3]!, pictures[2]!, pictures[0]!];
  assert.equal(shape(treeOf(line, pictures)), 'a(b() c(d(e() f())))');
});

test('what never was finished is left out; a picture without kin has no tree', () => {
  assert.equal(shape(treeOf([drawn('a')], [drawn('a'), drawn('b', 'a', 'FAILED')])), 'alone');
  assert.equal(shape(treeOf([drawn('a')], [])), 'alone');
  assert.equal(shape(treeOf([], [])), 'alone');
});

test('of many children the newest are shown, and the one on the way to the picture always', () => {
  const children = Array.from({ length: 9 }, (_, i) => drawn(`c${i}`, 'a'));
  const tree = treeOf([children[0]!, drawn('a')], [drawn('a'), ...children])!;
  assert.equal(shape(tree), 'a(c3() c4() c5() c6() c7() c8() c0())');
});
