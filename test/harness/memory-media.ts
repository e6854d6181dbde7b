// Files in memory, for tests of what is written when; the real adapter has its own contract suite.
import type { MediaStore } from '../../infra/media/media-store.ts';

export interface MemoryMedia extends MediaStore {
  readonly files: ReadonlyMap<string, Uint8Array>;
}

export function createMemoryMedia(): MemoryMedia {
  const files = new Map<string, Uint8Array>();
  return {
    files,
    put: (key, bytes) => Promise.resolve(void files.set(key, bytes)),
    signGet: (key) => Promise.resolve({ url: `http://media.invalid/${key}`, expiresAt: new Date(0) }),
    deleteMany: (keys) => Promise.resolve(keys.forEach((key) => files.delete(key))),
  };
}
