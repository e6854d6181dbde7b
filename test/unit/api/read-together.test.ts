// Who asks at once is answered by one query, who asks meanwhile by the next; one asker's trouble is nobody else's.
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import fc from 'fast-check';
import { readTogether } from '../../../functions/api/live/read-together.ts';
import { isAppError } from '../../harness/is-app-error.ts';

/** A query that answers when it is told to, with ten times what is wanted. */
function slowQuery() {
  const asked: (readonly number[])[] = [];
  const answers: (() => void)[] = [];
  let under = 0;
  return {
    asked,
    answer: () => answers.shift()?.(),
    answerLast: () => answers.pop()?.(),
    read: async (wanted: readonly number[]): Promise<readonly (number | Error)[]> => {
      assert.ok(++under <= 3, `${under} queries at once`);
      asked.push(wanted);
      await new Promise<void>((resolve) => answers.push(resolve));
      under--;
      if (wanted.includes(-1)) throw new Error('the database is away');
      return wanted.map((n) => (n === 13 ? new Error('broken') : n * 10));
    },
  };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('one query for all who ask at once, three under way, and who comes then is gathered for the next', async () => {
  const query = slowQuery();
  const ask = readTogether(query.read);
  const first = Promise.all([ask(1), ask(2), ask(2)]);
  await turn();
  const alone = [ask(3), turn().then(() => ask(4))];
  for (let i = 0; i < 3; i++) await turn();
  assert.deepEqual(query.asked, [[1, 2, 2], [3], [4]]);
  const gathered = Promise.all([ask(5), turn().then(() => ask(6))]);
  for (let i = 0; i < 3; i++) await turn();
  assert.equal(query.asked.length, 3);
  query.answer();
  assert.deepEqual(await first, [10, 20, 20]);
  await turn();
  assert.deepEqual(query.asked[3], [5, 6]);
  for (let i = 0; i < 3; i++) query.answer();
  assert.deepEqual([await gathered, await Promise.all(alone)], [[50, 60], [30, 40]]); // prettier-ignore
});

test('a query that never ends is given up after ten seconds, and others look meanwhile', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const query = slowQuery();
    const ask = readTogether(query.read);
    const stuck = assert.rejects(ask(1), isAppError('DATABASE', /10 s/));
    await turn();
    const sound = ask(2);
    await turn();
    query.answerLast();
    assert.equal(await sound, 20);
    mock.timers.tick(10_000);
    await stuck;
  } finally {
    mock.timers.reset();
  }
});

test('a query that cannot even be asked is told, and the next one runs', async () => {
  let asked = 0;
  const ask = readTogether<number, number>((wanted) => {
    if (++asked <= 5) throw new Error('no pool');
    return Promise.resolve(wanted);
  });
  for (let i = 0; i < 5; i++) await assert.rejects(ask(1), /no pool/);
  assert.equal(await ask(7), 7);
});

test('an error in one place is one asker’s; a query that fails is told to all of it, and the next one runs', async () => {
  const query = slowQuery();
  const ask = readTogether(query.read);
  const answers = Promise.allSettled([ask(1), ask(13), ask(2)]);
  await turn();
  const failing = Promise.allSettled([ask(-1), ask(5)]);
  query.answer();
  assert.deepEqual(
    (await answers).map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  await turn();
  const next = ask(6);
  query.answer();
  assert.deepEqual(
    (await failing).map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  await turn();
  query.answer();
  assert.equal(await next, 60);
});

test('whatever the number and the order, everybody is answered with their own', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.integer({ min: 20, max: 9_999 }), { maxLength: 700 }), { maxLength: 5 }),
      async (waves) => {
        const query = slowQuery();
        const ask = readTogether(query.read);
        const answers: Promise<number>[] = [];
        for (const wave of waves) {
          answers.push(...wave.map(ask));
          await turn();
        }
        // more often than there can be queries, so that one that never ends fails rather than hangs
        for (let i = 0; i < 2 * waves.length + 2; i++) {
          query.answer();
          await turn();
        }
        const unanswered = turn().then(() => undefined);
        assert.deepEqual(
          await Promise.race([Promise.all(answers), unanswered]),
          waves.flat().map((n) => n * 10),
        );
        for (const wanted of query.asked) assert.ok(wanted.length <= 500, `${wanted.length} at once`);
      },
    ),
    { numRuns: 30 },
  );
});
