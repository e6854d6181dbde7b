// What the command line of a deployment may say: an unknown value stops the synthesis, none is taken for another.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOptions } from '../../../cdk/options.ts';

const read = (given: Record<string, unknown>) => readOptions((key) => given[key]);

test('spot is true or false, from a command line or a file, and false where nothing is said; so are metrics of ECS', () => {
  for (const [given, expected] of [
    [{}, false],
    [{ spot: 'true' }, true],
    [{ spot: true }, true],
    [{ spot: 'false' }, false],
    [{ spot: false }, false],
  ] as const)
    assert.equal(read(given).spot, expected, JSON.stringify(given));
  assert.equal(read({}).containerInsights, false);
  assert.equal(read({ containerInsights: 'true' }).containerInsights, true);
});

for (const [given, says] of [
  [{ spot: 'yes' }, /-c spot=yes must be true or false/],
  [{ spot: 1 }, /-c spot=1 must be true or false/],
  [{ gpu: 'none' }, /-c gpu=none must be one of ecs/],
  [{ maxWorkers: 'two' }, /-c maxWorkers must be a whole number/],
] as const) {
  test(`${JSON.stringify(given)} stops the synthesis`, () => {
    assert.throws(() => read(given), says);
  });
}
