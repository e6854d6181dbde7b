// `npm run pack:client [folder]`: this client as an npm package for a front end of one's own, one script without dependencies and
// its types. Must never write into the repository's sources.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import { build } from 'vite';

const root = path.join(import.meta.dirname, '../..');
const typesIndex = 'types/clients/ts/index.d.ts';

const made = mkdtempSync(path.join(tmpdir(), 'gill-client-'));
try {
  await build({
    root: import.meta.dirname,
    configFile: false,
    logLevel: 'error',
    build: {
      outDir: made,
      emptyOutDir: false,
      lib: { entry: path.join(import.meta.dirname, 'index.ts'), formats: ['es'], fileName: 'index' },
      license: { fileName: 'licences.md' },
      target: 'es2022',
    },
  });
  writeTypes(path.join(made, 'types'));
  // `Disposable` is not among the types that every project has
  const declared = readFileSync(path.join(made, typesIndex), 'utf8');
  writeFileSync(path.join(made, typesIndex), `/// <reference lib="esnext.disposable" />\n${declared}`);
  writeFileSync(path.join(made, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
  cpSync(path.join(import.meta.dirname, 'README.md'), path.join(made, 'README.md'));
  cpSync(path.join(root, 'LICENSE'), path.join(made, 'LICENSE'));
  const folder = path.resolve(process.argv[2] ?? '.');
  mkdirSync(folder, { recursive: true });
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: made, stdio: 'inherit' });
} finally {
  rmSync(made, { recursive: true });
}

function writeTypes(outDir: string): void {
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.json'), (file) => readFileSync(file, 'utf8')) as {
    readonly config: object;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram([path.join(import.meta.dirname, 'index.ts')], {
    ...options,
    ...{ noEmit: false, declaration: true, emitDeclarationOnly: true, rootDir: root, outDir },
  });
  const problems = ts.getPreEmitDiagnostics(program).concat(program.emit().diagnostics);
  if (problems.length > 0) throw new Error(ts.flattenDiagnosticMessageText(problems[0]!.messageText, '\n'));
}

function manifest(): object {
  const { version, license } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    readonly version: string;
    readonly license: string;
  };
  return {
    name: 'gill-client',
    version,
    license,
    description: 'Live replies of gill-server: words and pictures, over whatever cuts come',
    type: 'module',
    sideEffects: false,
    engines: { node: '>=22' },
    exports: { '.': { types: `./${typesIndex}`, default: './index.js' } },
  };
}
