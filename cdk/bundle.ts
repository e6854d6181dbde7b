// Bundles the entries that run on Lambda into folders of their own: one file of code, and the files it reads beside it. Must
// give the same bytes for the same sources, or every deployment would replace everything.
import { cpSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildSync } from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');
/** CommonJS packages inside an ES module still ask for `require`. */
const banner = `import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);`;

/** The API as a web function: `index.js` starts it. @returns the folder */
export function bundleApi(into: string): string {
  const folder = fresh(into, 'api');
  // the code finds schema and page beside itself, by the same relative paths as in the repository
  bundle('functions/container/serve-api.ts', path.join(folder, 'functions/container/serve-api.js'));
  for (const file of globSync('schema/*.graphql', { cwd: root }))
    cpSync(path.join(root, file), path.join(folder, file), { recursive: true });
  cpSync(path.join(root, 'web/dist'), path.join(folder, 'web/dist'), { recursive: true });
  writeFileSync(path.join(folder, 'index.js'), `import './functions/container/serve-api.js';\n`);
  writeFileSync(path.join(folder, 'package.json'), `{ "type": "module" }\n`);
  return folder;
}

/** One handler of functions/controller. @returns the folder; the handler is `index.handler` */
export function bundleHandler(name: 'scale' | 'migrate', into: string): string {
  const folder = fresh(into, name);
  bundle(`functions/controller/${name}.ts`, path.join(folder, 'index.mjs'));
  return folder;
}

function bundle(entry: string, outfile: string): void {
  buildSync({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    banner: { js: banner },
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    // pg looks for its native twin, and does without
    external: ['pg-native'],
    logLevel: 'warning',
  });
}

function fresh(into: string, name: string): string {
  const folder = path.join(into, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}
