// The client as a front end has it: packed, installed into a folder that knows nothing of this repository, checked by a strict
// compiler without skipping its types, and run against the real server.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { recordedText } from '../recordings/recorded-function.ts';
import { createApiWorld, type ApiWorld } from '../harness/api-world.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const maxGzippedBytes = 15_000;

const program = `import { createClient, ClientError, type LiveReply, type ReplyState } from 'gill-client';

await using client = createClient({ url: process.argv[2]! });
const reply: LiveReply = await client.send('a red fox', { options: { image: { steps: 4 } } });
const ended: ReplyState = await reply.finished();
for (const part of ended.parts)
  console.log(part.kind === 'text' ? part.text : await client.files.urlOf(part.image));
// @ts-expect-error a status is one of five
ended.status === 'DONE';
await client.watch('msg_AAAAAAAAAAAAAAAAAAAAAA').catch((thrown: unknown) => {
  if (thrown instanceof ClientError) console.log(thrown.code);
});
`;
const compilerOptions = {
  ...{ strict: true, noEmit: true, skipLibCheck: false, exactOptionalPropertyTypes: true },
  ...{ target: 'es2022', module: 'esnext', moduleResolution: 'bundler', lib: ['es2022', 'dom'], types: [] },
};

let world: ApiWorld;
const home = await temporaryFolder();
const folder = home.path;
const run = promisify(execFile);

before(async () => {
  world = await createApiWorld();
  await writeFile(path.join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  await run(process.execPath, ['clients/ts/pack.ts', folder]);
  const [packed] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${packed!}`], { cwd: folder });
});
after(async () => {
  await world[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

test('it is small and needs nothing else', async () => {
  const installed = path.join(folder, 'node_modules/gill-client');
  assert.deepEqual(
    (await readdir(path.join(folder, 'node_modules'))).filter((name) => !name.startsWith('.')),
    ['gill-client'],
  );
  const bytes = gzipSync(await readFile(path.join(installed, 'index.js'))).length;
  assert.ok(bytes < maxGzippedBytes, `${bytes} bytes gzipped`);
  assert.match(await readFile(path.join(installed, 'licences.md'), 'utf8'), /graphql-ws/);
});

test('a strict program compiles against its types and runs', async () => {
  await mkdir(path.join(folder, 'types'));
  await writeFile(path.join(folder, 'types/process.d.ts'), 'declare const process: { readonly argv: string[] };');
  await writeFile(path.join(folder, 'program.ts'), program);
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  await run('node_modules/.bin/tsc', ['--project', folder]).catch((thrown: unknown) =>
    assert.fail((thrown as { stdout: string }).stdout),
  );
  await using _worker = world.work();
  const { stdout } = await run(process.execPath, ['program.ts', world.server.url], { cwd: folder, timeout: 60_000 });
  const [before, picture, behind, code] = stdout.trim().split('\n');
  assert.equal([before, behind].join(''), recordedText.before + recordedText.after);
  assert.match(picture!, /^http:\/\/media\.invalid\/images\//);
  assert.equal(code, 'NOT_FOUND');
});
