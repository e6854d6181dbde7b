// Turns what can go wrong at a start into one sentence that says what to do. Must never print a stack trace for something
// the person at the terminal can mend.
import { statfsSync } from 'node:fs';
import { AppError, coerceError } from '../../core/app-error.ts';
import { systemErrorCode } from './operating-system.ts';

/** A cluster, repacked weights and room for pictures. */
const bytesForFirstStart = 400 * 2 ** 20;
const bytesForStart = 64 * 2 ** 20;

export function explainFailure(thrown: unknown, folder: string): string {
  if (thrown instanceof AppError) return thrown.message;
  const error = coerceError(thrown);
  switch (systemErrorCode(thrown)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `the disk that holds ${folder} is full: free some space, or choose another folder with GILL_DATA_FOLDER`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `${folder} cannot be written (${error.message}): make it writable for this user, or choose another folder with GILL_DATA_FOLDER`;
    case 'ENOTDIR':
    case 'EEXIST':
      return `${folder} is not a folder: move that file away, or choose another folder with GILL_DATA_FOLDER`;
    case 'ENOENT':
      if (!('syscall' in error && error.syscall === 'mkdir')) return error.message;
      return `${folder} cannot be made (${error.message}): choose another folder with GILL_DATA_FOLDER`;
    case 'EMFILE':
    case 'ENFILE':
      return 'the system allows no more open files: raise the limit with "ulimit -n 4096"';
    case 'EADDRINUSE':
      return `a port is taken (${error.message}): stop whoever listens there`;
    default:
      return error.message;
  }
}

export const portTaken = (host: string, port: number): AppError =>
  new AppError(
    'CONFIGURATION',
    `port ${port} on ${host} is taken: stop whoever listens there, or start with another one, such as "PORT=${port < 65_535 ? port + 1 : port - 1} npm start"`,
  );

/** @throws {AppError} CONFIGURATION when the disk cannot hold what a start writes */
export function checkFreeSpace(folder: string, firstStart: boolean, freeBytes = readFreeBytes(folder)): void {
  const needed = firstStart ? bytesForFirstStart : bytesForStart;
  if (freeBytes >= needed) return;
  const megabytes = (bytes: number): number => Math.floor(bytes / 2 ** 20);
  throw new AppError(
    'CONFIGURATION',
    `the disk that holds ${folder} is full: ${megabytes(freeBytes)} MB are free, at least ${megabytes(needed)} MB are needed. Free some space, or choose another folder with GILL_DATA_FOLDER`,
  );
}

function readFreeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
