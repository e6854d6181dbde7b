// Bells over an SQS queue, where the database has no NOTIFY. Only `jobs` travels: it has to wake workers that sleep. One queue
// cannot tell every API process, so what is watched is rung within the process alone, and its tail looks by itself
// (functions/api/live). Must never be relied on: a bell may be lost, doubled or late.
import { setTimeout as delay } from 'node:timers/promises';
import { coerceError } from '../../core/app-error.ts';
import type { Log } from '../../core/log.ts';
import { createListeners, type Bus } from './bus.ts';
import type { BellQueue } from './sqs-queue.ts';

export interface SqsBusOptions {
  readonly queue: BellQueue;
  readonly log: Log;
  /** Pause after the queue could not be reached, or did not wait for bells as it was asked to. */
  readonly retryMs?: number;
}

export function createSqsBus({ queue, log, retryMs = 2_000 }: SqsBusOptions): Bus {
  const listeners = createListeners();
  const closing = new AbortController();
  let sending: Promise<void> | undefined;
  let receiving: Promise<void> | undefined;
  let sendAgain = false;
  /** It changes while something is awaited, which the compiler cannot know. */
  const isClosing = (): boolean => closing.signal.aborted;

  /** Rings while one is under way go out as one more. */
  async function send(): Promise<void> {
    while (sendAgain) {
      sendAgain = false;
      try {
        await queue.send();
      } catch (thrown) {
        log.warn({ err: coerceError(thrown) }, 'a bell was lost: the sweep makes up for it');
      }
    }
  }

  async function receive(): Promise<void> {
    const { signal } = closing;
    while (!isClosing()) {
      const askedAt = performance.now();
      try {
        const receipts = await queue.receive(signal);
        if (receipts.length === 0) {
          const answeredMs = performance.now() - askedAt;
          if (answeredMs < retryMs) await delay(retryMs - answeredMs, undefined, { signal });
          continue;
        }
        listeners.call('jobs');
        // a bell that is not taken away rings again, which is harmless
        await Promise.all(receipts.map((receipt) => queue.remove(receipt)));
      } catch (thrown) {
        // an answer that broke off for another reason, such as its own time limit, is asked for again
        if (isClosing()) return;
        log.warn({ err: coerceError(thrown), retryMs }, 'bells cannot be heard, trying again');
        await delay(retryMs, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
      }
    }
  }

  return {
    ring(topic) {
      setImmediate(() => listeners.call(topic)); // those of this process need not wait for the queue
      if (topic !== 'jobs') return;
      sendAgain = true;
      sending ??= send().finally(() => (sending = undefined));
    },
    listen(topic, onBell) {
      if (topic === 'jobs') receiving ??= receive();
      return listeners.add(topic, onBell);
    },
    hearsOthers: false,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await Promise.all([sending, receiving]);
    },
  };
}
