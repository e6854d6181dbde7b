// A function that runs elsewhere, behind the same contract (docs/http.md): what a worker uses when FUNCTIONS_LLM_URL,
// FUNCTIONS_DIFFUSION_URL or FUNCTIONS_VISION_URL is set. Must never retry by itself: the job's attempts are counted in one place.
import { coerceError, isAbort } from '../../core/app-error.ts';
import { boundToSpan, inSpan, markFailed, traceHeaders } from '../../core/tracing.ts';
import type { FunctionError, FunctionHealth, LoadedFunction } from '../../core/function-contract.ts';

/** How often the remote function's health is asked for while nothing runs. */
const pingEveryMs = 2_000;
const pingTimeoutMs = 5_000;

const starting: FunctionHealth = { state: 'loading', loadedBytes: 0, totalBytes: 0 };

/** @param url the function's base URL, without a slash at the end */
export function connectRemoteFunction<Input, Event extends { type: string }>(
  url: string,
  times: { readonly pingEveryMs: number; readonly pingTimeoutMs: number } = { pingEveryMs, pingTimeoutMs },
): LoadedFunction<Input, Event | FunctionError> {
  const closing = new AbortController();
  const attributes = { 'http.request.method': 'POST', 'server.address': new URL(url).host };
  let health = starting;

  async function ping(): Promise<void> {
    try {
      const response = await fetch(`${url}/ping`, {
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(times.pingTimeoutMs)]),
      });
      health = response.status === 204 ? starting : ((await response.json()) as FunctionHealth);
    } catch (thrown) {
      if (closing.signal.aborted) return;
      // a host that scales from zero answers when it has started
      const waits = thrown instanceof Error && thrown.name === 'TimeoutError';
      health = waits ? starting : { state: 'failed', message: `${url}/ping: ${coerceError(thrown).message}` };
    }
  }
  void ping();
  const timer = setInterval(() => void ping(), times.pingEveryMs);

  async function invoke(
    input: Input,
    emit: (event: Event | FunctionError) => void,
    signal: AbortSignal,
  ): Promise<void> {
    let response: Response;
    try {
      response = await fetch(`${url}/invocations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...traceHeaders() },
        body: JSON.stringify(input),
        signal: AbortSignal.any([signal, closing.signal]),
      });
    } catch (thrown) {
      if (isAbort(thrown)) throw thrown;
      emit(unavailable(`${url} cannot be reached: ${coerceError(thrown).message}`));
      return;
    }
    if (!response.ok || !response.body) {
      emit(await refusal(url, response));
      return;
    }
    let ended = false;
    try {
      for await (const event of parseLines<Event | FunctionError>(response.body)) {
        ended = event.type === 'done' || event.type === 'error';
        emit(event);
      }
    } catch (thrown) {
      if (isAbort(thrown)) throw thrown;
      if (ended) return;
      emit(unavailable(`${url} broke off: ${coerceError(thrown).message}`));
      return;
    }
    if (!ended) emit(unavailable(`${url} ended its answer without a last event`));
  }

  return {
    health: () => health,

    run: (input, emit, signal) => {
      const emitted = boundToSpan(emit);
      return inSpan('POST /invocations', { kind: 'CLIENT', attributes }, (span) =>
        invoke(
          input,
          (event) => {
            if (event.type === 'error') markFailed(span, (event as FunctionError).code);
            emitted(event);
          },
          signal,
        ),
      );
    },

    [Symbol.asyncDispose]() {
      clearInterval(timer);
      closing.abort();
      return Promise.resolve();
    },
  };
}

async function* parseLines<Event>(body: ReadableStream<Uint8Array>): AsyncGenerator<Event> {
  let rest = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) if (line) yield JSON.parse(line) as Event;
  }
}

async function refusal(url: string, response: Response): Promise<FunctionError> {
  const text = await response.text();
  const busy = response.status === 429 || response.status === 503;
  if (busy) return unavailable(`${url} answered ${response.status}: ${text}`);
  return { type: 'error', code: 'INVALID', message: `${url} answered ${response.status}: ${text}`, retryable: false };
}

const unavailable = (message: string): FunctionError => ({
  type: 'error',
  code: 'MODEL_UNAVAILABLE',
  message,
  retryable: true,
});
