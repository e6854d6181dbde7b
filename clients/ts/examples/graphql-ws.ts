// The same over a WebSocket with the official `graphql-ws` client. Its own retries would begin at the first cursor again, so
// they are off, and the loop goes on after the last one. `node clients/ts/examples/graphql-ws.ts "a red fox"`.
import { argv, env, stdout } from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { sendMessage, watchMessage, type Sent, type Watched } from './documents.ts';

const url = `${(env['GILL_URL'] ?? 'http://127.0.0.1:4000').replace('http', 'ws')}/graphql`;
const client = createClient({ url, retryAttempts: 0 });

const input = { parts: [{ text: argv[2] ?? 'a red fox' }], idempotencyKey: crypto.randomUUID() };
let id: string | undefined;
for await (const { data } of client.iterate<Sent>({ query: sendMessage, variables: { input } }))
  id = data?.sendMessage.reply?.id;

for (let after: string | null = null, done = false; !done;) {
  const variables: Record<string, unknown> = { id, after };
  try {
    for await (const { data } of client.iterate<Watched>({ query: watchMessage, variables })) {
      const event = data!.messageEvents;
      after = event.cursor;
      if (event.__typename === 'TextEvent') stdout.write(event.text);
      if (event.__typename === 'ImageDoneEvent') stdout.write(`\n[${event.image.alt}: ${event.image.file?.url}]\n`);
      if (event.__typename === 'MessageDoneEvent') done = true;
    }
  } catch (thrown) {
    if (Array.isArray(thrown)) throw thrown; // the server's own refusal: no retry mends it
    await setTimeout(500); // cut, or nobody answers
  }
}
await client.dispose();
