// How often a tail looks: seldom while nothing happens, often while something does, at once when the process itself knows.
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { silentLog } from '../../../core/log.ts';
import { createTailRegistry, type Look, type Tail } from '../../../functions/api/live/tail.ts';
import type { Bus, Topic } from '../../../infra/bus/bus.ts';
import { createMemoryBus } from '../../../infra/bus/memory-bus.ts';

const quarterHour = 900_000;

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => mock.timers.reset());

/** A tail over something that changes when it is told to; `looks` counts. */
async function watch(bus: Bus, topic: Topic = 'message:1') {
  let looks = 0;
  let isNew = false;
  const look: Look = (last) => {
    looks++;
    if (!isNew) return Promise.resolve(last);
    isNew = false;
    return Promise.resolve({ ...last, states: new Map() });
  };
  const tails = createTailRegistry(bus, silentLog);
  const tail: Tail & Disposable = await tails.open(topic, look);
  await turn();
  return {
    tail,
    open: () => tails.open(topic, look),
    happen: () => (isNew = true),
    looks: () => looks,
    /** Looks within that time from now. */
    async pass(ms: number): Promise<number> {
      const before = looks;
      for (let passed = 0; passed < ms; passed += 50) {
        mock.timers.tick(50);
        await turn();
      }
      return looks - before;
    },
    [Symbol.dispose]: () => tail[Symbol.dispose](),
  };
}

const deaf = (): Bus => ({ ...createMemoryBus(), hearsOthers: false });

test('where bells do not come it looks often at first, and after half a minute once in five seconds', async () => {
  using watched = await watch(deaf());
  assert.equal(watched.looks(), 1);
  const first = await watched.pass(1_000);
  assert.ok(first >= 3 && first <= 5, `${first} looks in the first second`);
  const falling = await watched.pass(29_000);
  assert.ok(falling <= 20, `${falling} looks in the half minute`);
  assert.equal(await watched.pass(quarterHour), quarterHour / 5_000);
});

test('what it finds by itself makes it look often again', async () => {
  using watched = await watch(deaf());
  await watched.pass(60_000);
  watched.happen();
  const view = watched.tail.view();
  await watched.pass(5_000);
  assert.notEqual(watched.tail.view(), view, 'it was not found within five seconds');
  // while text comes it is found as fast as it is written, but for the first of it
  const soon: number[] = [];
  for (let i = 0; i < 20; i++) {
    watched.happen();
    soon.push(await watched.pass(250));
  }
  assert.ok(
    soon.slice(10).every((looks) => looks >= 1),
    soon.join(),
  );
});

test('a bell of the own process, and whoever comes to watch, wake it at once, and it stays awake for a while', async () => {
  const bus = deaf();
  using watched = await watch(bus);
  const ring = (): Promise<undefined> => {
    bus.ring('message:1');
    return Promise.resolve(undefined);
  };
  for (const wake of [ring, watched.open]) {
    await watched.pass(60_000);
    const before = watched.looks();
    const opened = await wake();
    await turn();
    await turn();
    assert.equal(watched.looks(), before + 1, 'no time has passed');
    assert.ok((await watched.pass(1_000)) >= 3);
    opened?.[Symbol.dispose]();
  }
});

test('where bells come it makes up for lost ones once a second; when the last watcher goes nothing looks any more', async () => {
  const watched = await watch(createMemoryBus());
  assert.equal(await watched.pass(10_000), 10);
  watched[Symbol.dispose]();
  assert.equal(await watched.pass(10_000), 0);
});

test('a conversation in which nothing happens is looked at ever less often, and at once when a bell rings', async () => {
  const bus = createMemoryBus();
  using watched = await watch(bus, 'conversation:1');
  assert.equal(await watched.pass(1_000), 1);
  await watched.pass(29_000);
  assert.equal(await watched.pass(quarterHour), quarterHour / 5_000);
  watched.happen();
  bus.ring('conversation:1');
  assert.ok((await watched.pass(1_000)) >= 1);
  assert.ok((await watched.pass(10_000)) >= 4, 'what happens makes it look often again');
});
