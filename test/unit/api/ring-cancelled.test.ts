// Which bells a cancel rings: `jobs` starts workers, so it rings only where something may have become claimable.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Services } from '../../../functions/api/context.ts';
import { ringCancelled } from '../../../functions/api/resolvers/mutation-input.ts';

for (const [outcome, expected] of [
  ['cancelled', ['cancel', 'message:m', 'conversation:c', 'jobs']],
  ['alreadyFinished', ['cancel', 'message:m', 'conversation:c']],
] as const) {
  test(`${outcome} rings ${expected.join(', ')}`, () => {
    const rung: string[] = [];
    const bus = { ring: (bell: string) => void rung.push(bell) };
    ringCancelled({ bus } as unknown as Services, { outcome, messageId: 'm', conversationId: 'c' });
    assert.deepEqual(rung, expected);
  });
}
