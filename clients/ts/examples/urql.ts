// urql's core: mutations over `fetch`, events over a WebSocket. `node clients/ts/examples/urql.ts "a red fox"`.
import { argv, env, stdout } from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { Client, cacheExchange, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient } from 'graphql-ws';
import { sendMessage, watchMessage, type Sent, type Watched } from './documents.ts';

const url = `${env['GILL_URL'] ?? 'http://127.0.0.1:4000'}/graphql`;
const sockets = createClient({ url: url.replace('http', 'ws'), retryAttempts: 0 });
const client = new Client({
  url,
  preferGetMethod: false,
  exchanges: [
    cacheExchange,
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: ({ query = '', variables }) => ({
        subscribe: (sink) => ({
          unsubscribe: sockets.subscribe(
            { query, variables: { ...variables } },
            {
              ...sink,
              next: ({ data, errors }) => sink.next({ data: data ?? null, ...(errors && { errors: [...errors] }) }),
            },
          ),
        }),
      }),
    }),
  ],
});

const input = { parts: [{ text: argv[2] ?? 'a red fox' }], idempotencyKey: crypto.randomUUID() };
const { data, error } = await client.mutation<Sent>(sendMessage, { input });
if (!data?.sendMessage.reply) throw new Error(error?.message ?? data?.sendMessage.userErrors[0]?.message);
const { id } = data.sendMessage.reply;

for (let after: string | null = null, isDone = false; !isDone;) {
  isDone = await new Promise((resolve, reject) => {
    const watching = client.subscription<Watched>(watchMessage, { id, after }).subscribe((result) => {
      const event = result.data?.messageEvents;
      after = event?.cursor ?? after;
      if (event?.__typename === 'TextEvent') stdout.write(event.text);
      if (event?.__typename === 'ImageDoneEvent') stdout.write(`\n[${event.image.alt}: ${event.image.file?.url}]\n`);
      if (event?.__typename !== 'MessageDoneEvent' && !result.error) return;
      watching.unsubscribe();
      if (result.error?.graphQLErrors.length) reject(result.error); // the server's own refusal: no retry mends it
      resolve(event?.__typename === 'MessageDoneEvent'); // any other error is a cut: go on after the last cursor
    });
  });
  if (!isDone) await setTimeout(500);
}
await sockets.dispose();
