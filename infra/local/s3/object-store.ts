// Objects on disk: bytes in blobs/<uuid>, one record <bucket>.index/<2 hex>/<sha256 of the key>.json per object. Writing
// the record (temporary file, fsync, rename, fsync of the folder) is the commit. A key must never become a path.
import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { coerceError } from '../../../core/app-error.ts';
import type { Log } from '../../../core/log.ts';
import { systemErrorCode } from '../operating-system.ts';
import { receiveBody, type BodyClaims, type ReceivedBody } from './received-body.ts';
import { S3Error } from './s3-error.ts';

export interface StoredObject {
  readonly key: string;
  /** Name under blobs/. */
  readonly blob: string;
  readonly size: number;
  /** With its quotes. */
  readonly etag: string;
  readonly checksum: ReceivedBody['checksum'];
  /** Headers that come back with the object, lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly storedAtMs: number;
}

export type Blob = ReceivedBody & { readonly blob: string };

export interface ObjectStore {
  readonly folder: string;
  /** Objects of a bucket by key. @throws {S3Error} NoSuchBucket */
  readonly bucket: (name: string) => ReadonlyMap<string, StoredObject>;
  readonly buckets: () => readonly string[];
  /** @throws {S3Error} InvalidBucketName */
  readonly createBucket: (name: string) => void;
  /** Bytes into a durable file that no object owns yet. */
  readonly receive: (source: Readable, claims: BodyClaims) => Promise<Blob>;
  /** Makes the object visible; durable when it resolves. `onlyIfAbsent`: @throws {S3Error} PreconditionFailed */
  readonly commit: (bucket: string, object: StoredObject, onlyIfAbsent?: boolean) => Promise<void>;
  readonly remove: (bucket: string, key: string) => Promise<void>;
  /** The newest bytes of a key, pinned: a writer that replaces them does not disturb the reader. */
  readonly openObject: (bucket: string, key: string) => Promise<{ object: StoredObject; file: FileHandle }>;
  readonly blobPath: (blob: string) => string;
  /** Removes objects under `prefix` stored before `beforeMs`, in every bucket. @returns how many */
  readonly removeOlder: (prefix: string, beforeMs: number) => Promise<number>;
}

/** Opens or makes the folder; what an earlier life left unfinished is cleared. */
export function openObjectStore(folder: string, maxObjectBytes: number, log: Log): ObjectStore {
  const inside = (...names: string[]): string => path.join(folder, ...names);
  for (const name of ['blobs', 'uploads']) mkdirSync(inside(name), { recursive: true, mode: 0o700 });
  rmSync(inside('temporary'), { recursive: true, force: true });
  mkdirSync(inside('temporary'), { mode: 0o700 });
  const index = readIndex(folder, log);

  const bucket = (name: string): Map<string, StoredObject> => {
    const found = index.get(name);
    if (!found) throw new S3Error('NoSuchBucket', `there is no bucket "${name}"`);
    return found;
  };
  const recordPath = (name: string, key: string): string => {
    const hash = createHash('sha256').update(key).digest('hex');
    return inside(`${name}.index`, hash.slice(0, 2), `${hash}.json`);
  };
  const blobPath = (blob: string): string => inside('blobs', blob);

  async function remove(name: string, key: string): Promise<void> {
    const objects = bucket(name);
    const object = objects.get(key);
    if (!object) return;
    // in one tick: a writer of the same key comes wholly before or wholly after
    rmSync(recordPath(name, key), { force: true });
    objects.delete(key);
    syncFolder(path.dirname(recordPath(name, key)));
    await rm(blobPath(object.blob), { force: true });
  }

  return {
    folder,
    bucket,
    blobPath,
    remove,
    buckets: () => [...index.keys()],
    createBucket(name) {
      if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name))
        throw new S3Error('InvalidBucketName', 'a bucket has 3 to 63 of a-z, 0-9, dot and hyphen');
      mkdirSync(inside(`${name}.index`), { recursive: true, mode: 0o700 });
      syncFolder(folder);
      index.set(name, new Map());
    },
    async receive(source, claims) {
      const blob = randomUUID();
      const temporary = inside('temporary', blob);
      const body = await receiveBody(source, temporary, claims, maxObjectBytes);
      await rename(temporary, blobPath(blob));
      syncFolder(inside('blobs'));
      return { ...body, blob };
    },
    async commit(name, object, onlyIfAbsent = false) {
      const objects = bucket(name);
      const record = recordPath(name, object.key);
      const temporary = inside('temporary', randomUUID());
      mkdirSync(path.dirname(record), { recursive: true, mode: 0o700 });
      const file = await open(temporary, 'wx', 0o600);
      try {
        await file.writeFile(JSON.stringify(object));
        await file.sync();
      } finally {
        await file.close();
      }
      const before = objects.get(object.key);
      if (before && onlyIfAbsent) {
        await rm(temporary, { force: true });
        throw new S3Error('PreconditionFailed', 'the object is already there');
      }
      // file and index change in one tick, so that they always agree
      renameSync(temporary, record);
      objects.set(object.key, object);
      syncFolder(path.dirname(record));
      if (before) await rm(blobPath(before.blob), { force: true });
    },
    async openObject(name, key) {
      for (let attempt = 0; attempt < 10; attempt++) {
        const object = bucket(name).get(key);
        if (!object) throw new S3Error('NoSuchKey', 'there is no such object');
        try {
          return { object, file: await open(blobPath(object.blob), 'r') };
        } catch (thrown) {
          // replaced between looking and opening: look again
          if (systemErrorCode(thrown) !== 'ENOENT') throw thrown;
        }
      }
      throw new S3Error('SlowDown', 'the object is being replaced faster than it can be read');
    },
    async removeOlder(prefix, beforeMs) {
      let removed = 0;
      for (const [name, objects] of index) {
        const old = [...objects.values()].filter((o) => o.key.startsWith(prefix) && o.storedAtMs < beforeMs);
        for (const { key } of old) await remove(name, key);
        removed += old.length;
      }
      return removed;
    },
  };
}

/** Reads every record; bytes whose commit never happened are deleted. */
function readIndex(folder: string, log: Log): Map<string, Map<string, StoredObject>> {
  const index = new Map<string, Map<string, StoredObject>>();
  const owned = new Set<string>();
  let damaged = 0;
  for (const name of readdirSync(folder).filter((entry) => entry.endsWith('.index'))) {
    const objects = new Map<string, StoredObject>();
    for (const part of readdirSync(path.join(folder, name))) {
      for (const entry of readdirSync(path.join(folder, name, part))) {
        const file = path.join(folder, name, part, entry);
        try {
          const object = JSON.parse(readFileSync(file, 'utf8')) as StoredObject;
          objects.set(object.key, object);
          owned.add(object.blob);
        } catch (thrown) {
          damaged++;
          log.error(
            { file, err: coerceError(thrown) },
            'the record of an object cannot be read, the object is left out',
          );
        }
      }
    }
    index.set(name.slice(0, -'.index'.length), objects);
  }
  const blobs = path.join(folder, 'blobs');
  // a damaged record no longer says which bytes are its own: then none are deleted
  if (damaged === 0) for (const blob of readdirSync(blobs)) if (!owned.has(blob)) rmSync(path.join(blobs, blob));
  return index;
}

/** A rename is durable once its folder is. Windows cannot open folders and needs no such thing. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32' || !existsSync(folder)) return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
