// `npm run check:generated`: builds the page and the explorer again, elsewhere, and compares them with what is committed in
// web/dist; holds the limit of what the page sends. Must never write into the repository.
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildAll, distFolder } from './build.ts';

const maxScriptBytes = 150_000;

const made = mkdtempSync(path.join(tmpdir(), 'gill-web-'));
try {
  await buildAll(made);
  const read = (folder: string): ReadonlyMap<string, Buffer> =>
    new Map(
      globSync('**/*.*', { cwd: folder })
        .sort()
        .map((name) => [name, readFileSync(path.join(folder, name))]),
    );
  const [wanted, found] = [read(made), read(distFolder)];
  const names = new Set([...wanted.keys(), ...found.keys()]);
  const stale = [...names].filter((name) => !wanted.get(name)?.equals(found.get(name) ?? Buffer.alloc(0)));
  if (stale.length > 0) fail(`web/dist is not what web/src makes (${stale.join(', ')}): run \`npm run fix\``);
  const html = wanted.get('index.html')!.toString();
  const scripts = [...html.matchAll(/"\/(assets\/[^"]+\.js)"/g)].map(([, name]) => gzipSync(wanted.get(name!)!).length);
  const sent = scripts.reduce((sum, bytes) => sum + bytes, 0);
  if (scripts.length !== 1)
    fail('index.html names its one script no longer: the limit of what it sends is not checked');
  if (sent > maxScriptBytes) fail(`the page sends ${sent} bytes of gzipped JavaScript, the limit is ${maxScriptBytes}`);
} finally {
  rmSync(made, { recursive: true });
}

function fail(sentence: string): void {
  console.error(sentence);
  process.exitCode = 1;
}
