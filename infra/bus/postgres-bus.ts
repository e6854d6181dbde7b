// Bells over PostgreSQL's NOTIFY, on one connection of its own. Rings of one tick go out together and once. Must never be
// relied on: what is rung while the connection is down is lost, so every listener is called once it is back.
import pg from 'pg';
import { coerceError } from '../../core/app-error.ts';
import type { Log } from '../../core/log.ts';
import { createListeners, type Bus } from './bus.ts';

const channel = 'gill_bell';
const reconnectMs = { first: 100, most: 5_000 };
/** NOTIFY takes 8,000 bytes. */
const topicsPerNotify = 100;

export async function connectPostgresBus(url: string, log: Log): Promise<Bus> {
  const listeners = createListeners();
  const waiting = new Set<string>();
  let client: pg.Client | undefined;
  let closed = false;
  let pauseMs = reconnectMs.first;
  let retry: NodeJS.Timeout | undefined;
  let flushing: Promise<void> | undefined;

  async function connect(): Promise<void> {
    const next = new pg.Client({
      connectionString: url,
      application_name: 'gill-bus',
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    });
    next.on('error', () => undefined); // `end` follows and reconnects
    next.on('notification', ({ payload }) => {
      for (const topic of (payload ?? '').split(' ')) listeners.call(topic);
    });
    next.on('end', () => {
      if (client === next) client = undefined;
      reconnectLater();
    });
    await next.connect();
    await next.query(`listen ${channel}`);
    client = next;
    pauseMs = reconnectMs.first;
    listeners.callAll();
  }

  function reconnectLater(): void {
    if (closed || retry) return;
    retry = setTimeout(() => {
      retry = undefined;
      connect().catch((thrown: unknown) => {
        log.warn({ err: coerceError(thrown) }, 'bell connection failed, trying again');
        reconnectLater();
      });
    }, pauseMs);
    pauseMs = Math.min(pauseMs * 2, reconnectMs.most);
  }

  async function flush(): Promise<void> {
    while (waiting.size > 0 && client) {
      const topics = [...waiting].slice(0, topicsPerNotify);
      for (const topic of topics) waiting.delete(topic);
      try {
        await client.query('select pg_notify($1, $2)', [channel, topics.join(' ')]);
      } catch (thrown) {
        // a bell that is lost here is made up for by everyone's own looking
        log.debug({ err: coerceError(thrown) }, 'bells lost');
      }
    }
    waiting.clear();
  }

  await connect();
  return {
    ring(topic) {
      waiting.add(topic);
      flushing ??= Promise.resolve()
        .then(flush)
        .finally(() => (flushing = undefined));
    },
    listen: (topic, onBell) => listeners.add(topic, onBell),
    hearsOthers: true,
    async [Symbol.asyncDispose]() {
      closed = true;
      clearTimeout(retry);
      await flushing;
      await client?.end();
    },
  };
}
