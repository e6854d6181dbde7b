// `node test/drill/measure-queries.ts`: what the dearest documents that are admitted cost the API's event loop, beside the
// page's own. Rows come from memory, so what is timed is execution, signing and JSON: what no other request can interrupt.
// The figures justify `limits.maxComplexity`.
import { GraphQLError, execute, parse, type ExecutionResult } from 'graphql';
import DataLoader from 'dataloader';
import * as operations from '../../clients/ts/operations.ts';
import { limits } from '../../core/limits.ts';
import { newId, toPublicId } from '../../core/ids.ts';
import type { Context, Loaders } from '../../functions/api/context.ts';
import type { ImageNode, MessageNode } from '../../functions/api/nodes.ts';
import { complexityOf } from '../../functions/api/complexity.ts';
import { createSchema } from '../../functions/api/schema.ts';
import { createS3MediaStore } from '../../infra/media/s3-media-store.ts';
import { machineName } from './machine-name.ts';

const rounds = 5;
/** As web/src/dialogue.ts asks. */
const dialoguePage = 30;
const schema = createSchema();

const message = (id: string): MessageNode => ({
  __typename: 'UserMessage',
  id,
  conversationId: newId(),
  role: 'user',
  parentId: null,
  pictureProbability: null,
  status: 'COMPLETED',
  // as much as a message may hold: half its parts are pictures, and its text fills a request
  parts: Array.from({ length: limits.maxPartsPerMessage }, (_, i) =>
    i < limits.maxImagesPerMessage
      ? { kind: 'image', imageId: newId(), takeIds: [] }
      : { kind: 'text', text: 'w'.repeat(limits.maxTextCodePoints) },
  ),
  lastN: 0,
  activity: undefined,
  failure: undefined,
  usage: undefined,
  droppedTurns: 0,
  createdAt: new Date(),
});
const image = (id: string): ImageNode => ({
  __typename: 'GeneratedImage',
  kind: 'generated',
  id,
  alt: 'Picture drawn for: a red fox under an umbrella at night',
  width: 96,
  height: 96,
  contentType: 'image/png',
  byteSize: 20_000,
  sha256: '0'.repeat(64),
  placeholder: '3/eFBQQPeXh/eIeIeIiId3iIiHiIeIeI',
  fileKey: `images/${id}/1.png`,
  thumbnailKey: `images/${id}/1.thumbnail.webp`,
  manifestSha256: '0'.repeat(64),
  createdAt: new Date(),
  status: 'COMPLETED',
  recipe: {
    conditioning: 'TEXT',
    words: 'a red fox under an umbrella at night',
    sampler: 'flow-euler',
    steps: 12,
    guidance: 3,
    seed: '7',
    width: 96,
    height: 96,
  },
  parentId: null,
  replayOfId: null,
  sameness: 'EXACT',
  score: 0.5,
  progress: undefined,
  failure: undefined,
});

const loader = <T>(make: (id: string) => T) =>
  new DataLoader<string, T>((ids) => Promise.resolve(ids.map((id) => make(id))));
const media = createS3MediaStore({
  endpoint: 'http://127.0.0.1:9000',
  publicEndpoint: undefined,
  region: 'us-east-1',
  bucket: 'media',
  credentials: { accessKeyId: 'measured', secretAccessKey: 'measured' },
});

function context(): Context {
  const load = {
    message: loader(message),
    image: loader(image),
    alternatives: loader(() => Array.from({ length: limits.maxAlternatives }, newId)),
  } as unknown as Loaders;
  return { services: { media }, load } as unknown as Context;
}

const nodes = (count: number, selection: string): string =>
  `{ nodes(ids: [${Array.from({ length: count }, () => `"${toPublicId('message', newId())}"`).join(',')}]) { ${selection} } }`;
const aliased = (count: number, field: string): string =>
  Array.from({ length: count }, (_, i) => `f${i}: ${field}`).join(' ');
const picture = (selection: string): string =>
  `... on Message { parts { ... on ImagePart { image { ${selection} } } } }`;
const fragments = operations.reply.text.slice(operations.reply.text.indexOf('fragment Picture'));

/** Each grows with `k`; the largest that is admitted is measured. */
const attacks: Readonly<Record<string, (k: number) => string>> = {
  'signed files, aliased': (k) => nodes(100, picture(aliased(k, 'file { url }'))),
  'expiry of files, aliased': (k) => nodes(100, picture(aliased(k, 'file { expiresAt }'))),
  'plain fields, aliased': (k) => nodes(100, picture(aliased(k, 'alt'))),
  'times, aliased': (k) => nodes(100, picture(aliased(k, 'createdAt'))),
  'small objects, aliased': (k) => nodes(100, picture(aliased(k, 'provenance { kind }'))),
  'long texts': (k) => nodes(k, '... on Message { parts { ... on TextPart { text } } }'),
  'long texts, aliased': (k) => nodes(100, `... on Message { parts { ... on TextPart { ${aliased(k, 'text')} } } }`),
  alternatives: (k) => nodes(k, '... on Message { alternatives { id createdAt } }'),
  'parts of alternatives': (k) => nodes(k, '... on Message { alternatives { parts { index } } }'),
  'whole pictures': (k) => `${nodes(k, picture('...Picture'))} ${fragments}`,
  'whole messages': (k) => `${nodes(k, '... on Message { parts { ...Part } }')} ${fragments}`,
};

interface Measured {
  readonly k: number;
  readonly points: number;
  readonly cpuMs: number;
  /** The longest piece of it that nothing else can come between. */
  readonly longestMs: number;
  readonly bytes: number;
}

/** Undefined for what is refused for its length. */
function pointsOf(query: string): number | undefined {
  try {
    return complexityOf(schema, parse(query, { maxTokens: limits.maxDocumentTokens }), {});
  } catch (thrown) {
    if (thrown instanceof GraphQLError) return undefined;
    throw thrown;
  }
}

async function measure(make: (k: number) => string): Promise<Measured | undefined> {
  let k = 0;
  while (k < limits.maxNodeIds) {
    const points = pointsOf(make(k + 1));
    if (points === undefined || points > limits.maxComplexity) break;
    k++;
  }
  if (k === 0) return undefined;
  const document = parse(make(k));
  const points = complexityOf(schema, document, {});
  const runs: { readonly cpuMs: number; readonly longestMs: number; readonly bytes: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = cpuMs();
    let last = before;
    let longestMs = 0;
    let over = false;
    const turn = (): void => {
      const now = cpuMs();
      longestMs = Math.max(longestMs, now - last);
      last = now;
      if (!over) setImmediate(turn);
    };
    setImmediate(turn);
    const result: ExecutionResult = await execute({ schema, document, contextValue: context() });
    if (result.errors) throw result.errors[0]!;
    const bytes = Buffer.byteLength(JSON.stringify(result));
    over = true;
    turn();
    runs.push({ cpuMs: cpuMs() - before, longestMs, bytes });
  }
  const middle = runs.sort((x, y) => x.longestMs - y.longestMs)[rounds >> 1]!;
  return { k, points, ...middle };
}

/** Of this process: another one's work does not count. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

console.log(`${machineName()}, ${new Date().toISOString().slice(0, 10)}; median of ${rounds}`);
const page = complexityOf(schema, parse(operations.dialogue.text), { id: 'x', last: dialoguePage });
console.log(`the page's dialogue, ${dialoguePage} messages: ${page} points, ${limits.maxComplexity} are admitted`);
console.log(
  '| document | k | points | CPU ms | longest go, ms | µs a point | answer, kB |\n| --- | --- | --- | --- | --- | --- | --- |',
);
for (const [name, make] of Object.entries(attacks)) {
  const found = await measure(make);
  if (!found) console.log(`| ${name} | none is admitted |`);
  else {
    const { k, points, longestMs, bytes } = found;
    console.log(
      `| ${name} | ${k} | ${points} | ${found.cpuMs.toFixed(0)} | ${longestMs.toFixed(0)} | ${((longestMs * 1_000) / points).toFixed(1)} | ${Math.round(bytes / 1_000)} |`,
    );
  }
}
