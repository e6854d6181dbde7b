// The file system that a stage of the Dockerfile would have, without a container engine: its own COPY, ENV and ENTRYPOINT
// steps in a folder of their own. Packages are those of the lock file without development, less what the stage removes.
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

export interface Stage {
  readonly name: string;
  readonly base: string;
  readonly steps: readonly { readonly verb: string; readonly rest: string }[];
}

export interface Image extends Disposable {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  /** Paths in it, packages left out. */
  readonly files: () => string[];
}

export function readStages(): ReadonlyMap<string, Stage> {
  const lines = readFileSync(path.join(root, 'Dockerfile'), 'utf8')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const stages = new Map<string, { name: string; base: string; steps: { verb: string; rest: string }[] }>();
  let current: { steps: { verb: string; rest: string }[] } | undefined;
  for (const line of lines) {
    const [, verb = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    const [, base, name] = /^(\S+) AS (\S+)$/.exec(rest) ?? [];
    if (verb === 'FROM' && base && name) {
      const stage = { name, base, steps: [] };
      stages.set(name, stage);
      current = stage;
    } else if (current) current.steps.push({ verb, rest });
    else throw new Error(`before any stage: ${line}`);
  }
  return stages;
}

export function buildImage(target: string): Image {
  const stages = readStages();
  const stage = stages.get(target);
  if (!stage) throw new Error(`no stage ${target}`);
  const folder = mkdtempSync(path.join(tmpdir(), 'gill-test-image-'));
  const env: Record<string, string> = {};
  let entrypoint: string[] = [];
  for (const { verb, rest } of stage.steps) {
    if (verb === 'ENV')
      for (const pair of rest.split(' ')) env[pair.slice(0, pair.indexOf('='))] = pair.slice(pair.indexOf('=') + 1);
    if (verb === 'ENTRYPOINT') entrypoint = JSON.parse(rest) as string[];
    if (verb !== 'COPY') continue;
    const [, from, source = '', to = ''] = /^(?:--from=(\S+) )?(\S+) (\S+)$/.exec(rest) ?? [];
    if (from === undefined)
      copy(source, to.endsWith('/') ? path.join(folder, to, path.basename(source)) : path.join(folder, to));
    else if (source === '/app/node_modules') linkPackages(removedBy(stages, from), path.join(folder, to));
  }
  return {
    folder,
    env,
    entrypoint,
    files: () =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((file) => !file.startsWith('node_modules'))
        .sort(),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What .dockerignore keeps away is not there to be copied. */
function copy(source: string, to: string): void {
  const ignored = readFileSync(path.join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => /^\w/.test(line));
  cpSync(path.join(root, source), to, {
    recursive: true,
    filter: (file) => !ignored.some((prefix) => path.relative(root, file).startsWith(prefix)),
  });
}

/** Globs that the stage and those it is built from delete. */
function removedBy(stages: ReadonlyMap<string, Stage>, name: string): string[] {
  const stage = stages.get(name);
  if (!stage) return [];
  const own = stage.steps
    .filter(({ verb }) => verb === 'RUN')
    .flatMap(({ rest }) => [...rest.matchAll(/\bnode_modules\/\S+/g)].map(([match]) => match));
  return [...removedBy(stages, stage.base), ...own];
}

function linkPackages(removed: readonly string[], to: string): void {
  const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; optional?: boolean }>;
  };
  const gone = new Set(removed.flatMap((pattern) => globSync(pattern, { cwd: root })));
  for (const [place, { dev }] of Object.entries(packages)) {
    const name = place.slice('node_modules/'.length);
    const isTop = place.startsWith('node_modules/') && !name.includes('node_modules/');
    const isGone = gone.has(place) || [...gone].some((other) => place.startsWith(`${other}/`));
    if (!isTop || dev === true || isGone || !existsSync(path.join(root, place))) continue;
    mkdirSync(path.dirname(path.join(to, name)), { recursive: true });
    symlinkSync(path.join(root, place), path.join(to, name));
  }
}
