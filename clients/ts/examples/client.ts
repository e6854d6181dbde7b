// With this package: the newest state after each change, cuts and signed URLs taken care of.
// `node clients/ts/examples/client.ts "a red fox"` while `npm start` runs.
import { argv, env } from 'node:process';
import { createClient } from '../index.ts';

await using client = createClient({ url: env['GILL_URL'] ?? 'http://127.0.0.1:4000' });
const reply = await client.send(argv[2] ?? 'a red fox');
for await (const { status, parts } of reply) {
  const shown = parts.map((part) => {
    if (part.kind === 'text') return part.text;
    const { image } = part;
    return image.__typename === 'GeneratedImage' ? `[${image.status}: ${image.alt}]` : `[${image.alt}]`;
  });
  console.log(status, shown.join(' '));
}
for (const part of reply.state.parts) if (part.kind === 'image') console.log(await client.files.urlOf(part.image));
