// Waits until a function of the package has loaded its weights. Must never leave one open that did not load.
import { setTimeout } from 'node:timers/promises';
import { AppError } from '../../core/app-error.ts';
import type { FunctionHealth } from '../../core/function-contract.ts';

const pollMs = 50;

/** @throws {AppError} MODEL_UNAVAILABLE when it does not load */
export async function untilReady<T extends AsyncDisposable & { readonly health: () => FunctionHealth }>(
  loading: T,
): Promise<T> {
  for (;;) {
    const health = loading.health();
    if (health.state === 'ready') return loading;
    if (health.state === 'failed') {
      await loading[Symbol.asyncDispose]();
      throw new AppError('MODEL_UNAVAILABLE', health.message);
    }
    await setTimeout(pollMs); // a function tells its state only when asked
  }
}
