// The whole protocol with nothing but `fetch`: send a wish, read the reply's events, and go on after the last cursor when
// the connection is cut. `node clients/ts/examples/fetch-and-sse.ts "a red fox"` while `npm start` runs.
import { argv, env, stdout } from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { sendMessage, watchMessage, type Sent, type Watched } from './documents.ts';

const url = `${env['GILL_URL'] ?? 'http://127.0.0.1:4000'}/graphql`;

async function post(query: string, variables: object, accept: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', accept };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  if (!response.ok) throw new Error(await response.text());
  return response;
}

const input = { parts: [{ text: argv[2] ?? 'a red fox' }], idempotencyKey: crypto.randomUUID() };
const { data } = (await (await post(sendMessage, { input }, 'application/json')).json()) as { data: Sent };
const { reply, userErrors } = data.sendMessage;
if (!reply) throw new Error(userErrors[0]?.message);

for (let after: string | null = null, done = false, buffer = ''; !done; buffer = '') {
  try {
    const { body } = await post(watchMessage, { id: reply.id, after }, 'text/event-stream');
    for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
      const blocks = (buffer + chunk).split('\n\n');
      buffer = blocks.pop()!;
      for (const json of blocks.flatMap((block) => /^data: (.+)$/m.exec(block)?.[1] ?? [])) {
        const event = (JSON.parse(json) as { data: Watched | null }).data?.messageEvents;
        if (!event) throw new Error(json);
        after = event.cursor;
        if (event.__typename === 'TextEvent') stdout.write(event.text);
        if (event.__typename === 'ImageDoneEvent') stdout.write(`\n[${event.image.alt}: ${event.image.file?.url}]\n`);
        if (event.__typename === 'MessageDoneEvent') done = true;
      }
    }
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown;
    await setTimeout(500); // cut, or nobody answers
  }
}
