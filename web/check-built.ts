// `npm run check:generated`: builds the page again, elsewhere, and compares it with what is committed in web/dist. Must
// never write into the repository.
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const maxScriptBytes = 150_000;

const committed = path.join(import.meta.dirname, 'dist');
const made = mkdtempSync(path.join(tmpdir(), 'gill-web-'));
try {
  const configFile = path.join(import.meta.dirname, 'vite.config.ts');
  await build({ configFile, logLevel: 'error', build: { outDir: made } });
  const read = (folder: string): ReadonlyMap<string, Buffer> =>
    new Map(
      globSync('**/*.*', { cwd: folder })
        .sort()
        .map((name) => [name, readFileSync(path.join(folder, name))]),
    );
  const [wanted, found] = [read(made), read(committed)];
  const names = new Set([...wanted.keys(), ...found.keys()]);
  const stale = [...names].filter((name) => !wanted.get(name)?.equals(found.get(name) ?? Buffer.alloc(0)));
  if (stale.length > 0) fail(`web/dist is not what web/src makes (${stale.join(', ')}): run \`npm run fix\``);
  const scripts = [...wanted].filter(([name]) => name.endsWith('.js')).map(([, bytes]) => gzipSync(bytes).length);
  const sent = scripts.reduce((sum, bytes) => sum + bytes, 0);
  if (sent > maxScriptBytes) fail(`the page sends ${sent} bytes of gzipped JavaScript, the limit is ${maxScriptBytes}`);
} finally {
  rmSync(made, { recursive: true });
}

function fail(sentence: string): void {
  console.error(sentence);
  process.exitCode = 1;
}
