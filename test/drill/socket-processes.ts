// The processes of `measure-sockets.ts`: one API, alone, and those that hold the sockets to it. Must never leave one running.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { FromReaders, Reader, ToReaders } from './many-sockets.ts';
import { sumCounts, type Counts } from './socket-counts.ts';

/** Fewer than a machine's file descriptors for one process. */
const socketsPerProcess = 5_000;
const readyMs = 60_000;
/** Linux counts processor time in these. */
const ticksPerSecond = 100;

export interface Api extends AsyncDisposable {
  readonly url: string;
  readonly residentBytes: () => number;
  /** Since it started. */
  readonly cpuSeconds: () => number;
  /** The event loop's delay counts from the last time it was asked. */
  readonly health: () => Promise<Health>;
}

interface Health {
  readonly subscriptions: number;
  readonly eventLoopDelayMs: { readonly p99: number; readonly max: number };
}

/** @param tokens with the viewers that they stand for */
export async function startApi(databaseUrl: string, tokens: ReadonlyMap<string, string>): Promise<Api> {
  const child = spawn(process.execPath, ['functions/api/serve.ts'], {
    env: {
      PATH: process.env['PATH'],
      HOST: '127.0.0.1',
      PORT: '0',
      DATABASE_URL: databaseUrl,
      AUTH_TOKENS: [...tokens].map(([token, viewer]) => `${token}=${viewer}`).join(','),
      // files are signed for and never fetched here
      S3_ENDPOINT: 'http://127.0.0.1:9',
      S3_BUCKET: 'none',
      S3_ACCESS_KEY_ID: 'none',
      S3_SECRET_ACCESS_KEY: 'none',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = JSON.parse(line) as { readonly type?: string; readonly url?: string; readonly level?: number };
      if (said.type === 'ready') resolve(said.url!);
      else if ((said.level ?? 0) >= 40) console.log(line);
    });
    child.once('exit', (code) => reject(new Error(`the API ended with ${code}`)));
    setTimeout(() => reject(new Error('the API is not ready')), readyMs).unref();
  });
  const proc = (file: string): string => readFileSync(path.join('/proc', String(child.pid), file), 'utf8');
  return {
    url,
    residentBytes: () => Number(/^VmRSS:\s+(\d+) kB$/m.exec(proc('status'))?.[1]) * 1024,
    cpuSeconds: () => {
      const stat = proc('stat');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    },
    health: async () => (await (await fetch(`${url}/healthz`)).json()) as Health,
    [Symbol.asyncDispose]: () => stop(child),
  };
}

export interface Readers extends AsyncDisposable {
  /** The socket watches this reply as well. */
  readonly next: (socket: number, messageId: string) => void;
  /** Since it was asked last. */
  readonly count: () => Promise<Counts>;
}

/** Resolves when all are connected. */
export async function openReaders(url: string, readers: readonly Reader[]): Promise<Readers> {
  const processes = Array.from({ length: Math.ceil(readers.length / socketsPerProcess) }, () =>
    fork('test/drill/many-sockets.ts', { serialization: 'advanced' }),
  );
  const say = (n: number, message: ToReaders): void => void processes[n]!.send(message);
  const ended = Promise.race(processes.map((child) => once(child, 'exit'))).then(() => {
    throw new Error('a process of readers ended');
  });
  ended.catch(() => undefined); // also ends when the drill is over
  const hear = (n: number, type: FromReaders['type']): Promise<FromReaders> => {
    const child = processes[n]!;
    const heard = new Promise<FromReaders>((resolve) => {
      const listen = (message: FromReaders): void => {
        if (message.type !== type) return;
        child.off('message', listen);
        resolve(message);
      };
      child.on('message', listen);
    });
    return Promise.race([heard, ended]);
  };
  const each = <Heard>(ask: (n: number) => Promise<Heard>): Promise<Heard[]> =>
    Promise.all(processes.map((_, n) => ask(n)));
  const dispose = async (): Promise<void> => {
    await Promise.all(processes.map(stop));
  };
  const open = each((n) => {
    const opened = hear(n, 'opened');
    const mine = readers.slice(n * socketsPerProcess, (n + 1) * socketsPerProcess);
    say(n, { type: 'open', url, readers: mine });
    return opened;
  });
  await open.catch(async (thrown: unknown) => {
    await dispose();
    throw thrown;
  });
  return {
    next: (socket, messageId) =>
      say(Math.floor(socket / socketsPerProcess), { type: 'next', reader: socket % socketsPerProcess, messageId }),
    count: async () => {
      const heard = await each((n) => {
        const counted = hear(n, 'counts');
        say(n, { type: 'count' });
        return counted;
      });
      return heard.flatMap((message) => (message.type === 'counts' ? [message.counts] : [])).reduce(sumCounts);
    },
    [Symbol.asyncDispose]: dispose,
  };
}

async function stop(child: ReturnType<typeof spawn>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}
