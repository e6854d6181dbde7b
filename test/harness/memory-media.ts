// Files in memory, for tests of what is written when. It keeps the same contract as the real store, with URLs that lead
// nowhere (test/contract/media/media-store.test.ts).
import { limits } from '../../core/limits.ts';
import type { MediaStore } from '../../infra/media/media-store.ts';

export interface MemoryMedia extends MediaStore {
  readonly files: ReadonlyMap<string, Uint8Array>;
}

export function createMemoryMedia(clock: () => number = Date.now): MemoryMedia {
  const files = new Map<string, Uint8Array>();
  const windowMs = limits.signedUrlWindowSeconds * 1_000;
  return {
    files,
    put: (key, bytes) => Promise.resolve(void files.set(key, bytes)),
    get: (key, maxBytes) => {
      const bytes = files.get(key);
      return Promise.resolve(bytes && bytes.length <= maxBytes ? Buffer.from(bytes) : undefined);
    },
    has: (key) => Promise.resolve(files.has(key)),
    signPost: ({ key, contentType }) =>
      Promise.resolve({
        url: 'http://media.invalid/',
        fields: [
          { name: 'key', value: key },
          { name: 'Content-Type', value: contentType },
        ],
      }),
    signGet(key) {
      const windowStartMs = Math.floor(clock() / windowMs) * windowMs;
      const url = `http://media.invalid/${key}?from=${windowStartMs}`;
      return Promise.resolve({ url, expiresAt: new Date(windowStartMs + 2 * windowMs) });
    },
    deleteMany(keys) {
      for (const key of keys) files.delete(key);
      return Promise.resolve();
    },
  };
}
