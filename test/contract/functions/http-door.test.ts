// The function contract over HTTP: what holds in process must hold behind /invocations, and what HTTP adds is checked.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import type { FunctionHealth, LlmEvent, LlmInput, LoadedFunction } from '../../../core/function-contract.ts';
import { silentLog } from '../../../core/log.ts';
import { startFunctionServer } from '../../../functions/container/function-server.ts';
import { parseLlmInput } from '../../../functions/container/parse-input.ts';
import { connectRemoteFunction } from '../../../functions/worker/remote-function.ts';
import { eventually } from '../../harness/eventually.ts';
import { listenOn } from '../../harness/listen-on.ts';

const input: LlmInput = {
  contract: 2,
  turns: [{ role: 'user', parts: [{ kind: 'text', text: 'a red fox' }] }],
  options: { maxTokens: 8, temperature: 0, topP: 1, repetitionPenalty: 1, seed: '1', images: 'NEVER' },
};

type Run = LoadedFunction<LlmInput, LlmEvent>['run'];

const echo: Run = (request, emit) => {
  const [part] = request.turns[0]!.parts;
  emit({ type: 'text', text: part?.kind === 'text' ? part.text : '' });
  emit({ type: 'done', finish: 'stop' });
  return Promise.resolve();
};

async function withServer(
  run: Run,
  body: (url: string) => Promise<void>,
  overrides: { health?: FunctionHealth; slots?: number; requestTimeoutMs?: number } = {},
): Promise<void> {
  await using server = await startFunctionServer<LlmInput, LlmEvent>({
    function: {
      run,
      health: () => overrides.health ?? { state: 'ready' },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
    parse: parseLlmInput,
    slots: overrides.slots ?? 2,
    host: '127.0.0.1',
    port: 0,
    maxBodyBytes: 10_000,
    ...(overrides.requestTimeoutMs === undefined ? {} : { requestTimeoutMs: overrides.requestTimeoutMs }),
    log: silentLog,
  });
  await body(server.url);
}

async function collect(url: string, signal = new AbortController().signal, request = input): Promise<LlmEvent[]> {
  await using remote = connectRemoteFunction<LlmInput, LlmEvent>(url);
  const events: LlmEvent[] = [];
  await remote.run(request, (event) => events.push(event), signal);
  return events;
}

const post = (url: string, body: string) => fetch(`${url}/invocations`, { method: 'POST', body });

describe('a function behind HTTP', () => {
  test('streams the very events the function emits', () =>
    withServer(echo, async (url) => {
      assert.deepEqual(await collect(url), [
        { type: 'text', text: 'a red fox' },
        { type: 'done', finish: 'stop' },
      ]);
    }));

  test('cuts no code point, wherever the network cuts the bytes', () => {
    const text = 'füchse 🦊 unter 雨傘 '.repeat(200);
    return withServer(
      (_, emit) => {
        emit({ type: 'text', text });
        emit({ type: 'done', finish: 'stop' });
        return Promise.resolve();
      },
      async (url) => assert.deepEqual((await collect(url))[0], { type: 'text', text }),
    );
  });

  test('closing the request cancels the run', () => {
    let reason: unknown;
    return withServer(
      async (_, emit, signal) => {
        emit({ type: 'text', text: 'one' });
        await new Promise<void>((_, reject) =>
          signal.addEventListener('abort', () => {
            reason = signal.reason;
            reject(signal.reason as Error);
          }),
        );
      },
      async (url) => {
        await using remote = connectRemoteFunction<LlmInput, LlmEvent>(url);
        const stop = new AbortController();
        await assert.rejects(
          remote.run(input, () => stop.abort(), stop.signal),
          { name: 'AbortError' },
        );
        await eventually(() => reason !== undefined);
      },
    );
  });

  test('a broken function ends its stream with a retryable error and shows nothing of its inside', () =>
    withServer(
      (_, emit) => {
        emit({ type: 'text', text: 'half' });
        return Promise.reject(new Error('secret path /weights'));
      },
      async (url) => {
        const events = await collect(url);
        assert.equal(events.length, 2);
        const [, last] = events;
        assert.ok(last?.type === 'error' && last.retryable && !last.message.includes('secret'));
      },
    ));

  test('a full function says 429, and the caller hears a retryable error', () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    return withServer(
      async (_, emit) => {
        emit({ type: 'text', text: 'held' });
        await held;
        emit({ type: 'done', finish: 'stop' });
      },
      async (url) => {
        const first = collect(url);
        await eventually(async () => (await post(url, JSON.stringify(input))).status === 429);
        const [refused] = await collect(url);
        assert.ok(refused?.type === 'error' && refused.code === 'MODEL_UNAVAILABLE' && refused.retryable);
        release();
        assert.equal((await first).at(-1)?.type, 'done');
      },
      { slots: 1 },
    );
  });

  test('ping is 503 with bytes while weights load', () =>
    withServer(
      echo,
      async (url) => {
        const response = await fetch(`${url}/ping`);
        assert.equal((await fetch(`${url}/ping`, { method: 'HEAD' })).status, response.status);
        assert.equal(response.status, 503);
        assert.deepEqual(await response.json(), { state: 'loading', loadedBytes: 1, totalBytes: 2 });
        assert.equal((await post(url, JSON.stringify(input))).status, 503);
      },
      { health: { state: 'loading', loadedBytes: 1, totalBytes: 2 } },
    ));

  for (const [what, body, says] of [
    ['an unknown field', JSON.stringify({ ...input, temprature: 1 }), 'temprature'],
    ['an unknown option', JSON.stringify({ ...input, options: { ...input.options, top_k: 3 } }), 'top_k'],
    ['another contract', JSON.stringify({ ...input, contract: 1 }), 'contract'],
    ['no JSON', '{', 'not JSON'],
    [
      'a fractional count',
      JSON.stringify({ ...input, options: { ...input.options, maxTokens: 1.5 } }),
      'options.maxTokens',
    ],
  ] as const) {
    test(`${what} is refused by name`, () =>
      withServer(echo, async (url) => {
        const response = await post(url, body);
        assert.equal(response.status, 400);
        assert.match(((await response.json()) as { message: string }).message, new RegExp(says));
      }));
  }

  test('a body over the limit is refused', () =>
    withServer(echo, async (url) => assert.equal((await post(url, ' '.repeat(10_001))).status, 413)));

  test('whoever sends a body without end holds a slot for a while only', () =>
    withServer(
      echo,
      async (url) => {
        const { port, hostname } = new URL(url);
        const slow = connect(Number(port), hostname);
        slow.write('POST /invocations HTTP/1.1\r\nHost: gill\r\nContent-Length: 9\r\n\r\n{');
        let answer = '';
        slow.on('data', (data: Buffer) => (answer += data.toString()));
        await eventually(async () => (await post(url, JSON.stringify(input))).status === 429);
        await once(slow, 'close');
        assert.match(answer, /^HTTP\/1.1 408 /);
        assert.equal((await collect(url)).at(-1)?.type, 'done');
      },
      { slots: 1, requestTimeoutMs: 500 },
    ));

  test('other paths and methods say where to go', () =>
    withServer(echo, async (url) => {
      assert.equal((await fetch(url)).status, 404);
      assert.equal((await fetch(`${url}/invocations`)).status, 405);
    }));

  test('a function that starts is loading, whether its host says 204 or holds the question; one that cannot is failed', async () => {
    let answer: (response: ServerResponse) => void = (response) => response.writeHead(204).end();
    await using host = await listenOn((_, response) => answer(response));
    let asked = 0;
    const askedAgain = (before: number) => eventually(() => asked >= before + 3);
    host.server.on('request', () => asked++);
    await using remote = connectRemoteFunction<LlmInput, LlmEvent>(host.url, { pingEveryMs: 10, pingTimeoutMs: 100 });
    await askedAgain(asked);
    assert.equal(remote.health().state, 'loading', 'replies that wait would be told that there is no hope');
    answer = (response) => response.end('{"state":"ready"}');
    await eventually(() => remote.health().state === 'ready');
    answer = () => undefined;
    await eventually(() => remote.health().state === 'loading');
    answer = (response) => response.destroy();
    await eventually(() => remote.health().state === 'failed');
  });

  test('a function that cannot be reached is a retryable error, not a crash', async () => {
    let gone = '';
    await withServer(echo, (url) => {
      gone = url;
      return Promise.resolve();
    });
    const [event] = await collect(gone);
    assert.ok(event?.type === 'error' && event.code === 'MODEL_UNAVAILABLE' && event.retryable);
  });
});
