// Pictures that will go with the next message: files on their way in, and pictures that are there already. Must never let go of
// a file without saying why.
import { toClientError } from '../../clients/ts/client-error.ts';
import type { Client, Picture } from '../../clients/ts/index.ts';
import { createStore, type Readable } from './store.ts';

export interface Attachment {
  readonly key: number;
  readonly name: string;
  /** What is shown of it: the file itself, before anyone else has seen it. */
  readonly url: string | undefined;
  readonly state:
    | { readonly kind: 'sending'; readonly share: number }
    | { readonly kind: 'cleaning' }
    | { readonly kind: 'ready'; readonly picture: Picture }
    | { readonly kind: 'failed'; readonly problem: string };
}

export interface Attachments extends Readable<{ readonly list: readonly Attachment[] }>, Disposable {
  readonly addFiles: (files: Iterable<File>) => void;
  readonly addPicture: (picture: Picture) => void;
  readonly remove: (key: number) => void;
  readonly removePicture: (imageId: string) => void;
}

/** Pictures that can be sent. */
export const readyPictures = (list: readonly Attachment[]): readonly Picture[] =>
  list.flatMap(({ state }) => (state.kind === 'ready' ? [state.picture] : []));

export function createAttachments(client: Client, start: readonly Picture[] = []): Attachments {
  const store = createStore<{ readonly list: readonly Attachment[] }>({ list: [] });
  const leaving = new Map<number, AbortController>();
  let made = 0;

  const change = (key: number, update: Partial<Attachment>): void =>
    store.set({ list: store.get().list.map((item) => (item.key === key ? { ...item, ...update } : item)) });
  const append = (item: Omit<Attachment, 'key'>): number => {
    const key = ++made;
    store.set({ list: [...store.get().list, { key, ...item }] });
    return key;
  };

  async function upload(file: File): Promise<void> {
    const controller = new AbortController();
    const url = URL.createObjectURL(file);
    const key = append({ name: file.name, url, state: { kind: 'sending', share: 0 } });
    leaving.set(key, controller);
    try {
      const picture = await client.upload(file, {
        fileName: file.name,
        signal: controller.signal,
        onProgress: (progress) =>
          change(key, {
            state:
              progress.phase === 'cleaning'
                ? { kind: 'cleaning' }
                : { kind: 'sending', share: progress.sentBytes / progress.totalBytes },
          }),
      });
      change(key, { state: { kind: 'ready', picture } });
    } catch (thrown) {
      const { code, message } = toClientError(thrown);
      const problem = code === 'NETWORK' ? 'The server does not answer.' : message;
      if (!controller.signal.aborted) change(key, { state: { kind: 'failed', problem } });
    } finally {
      leaving.delete(key);
    }
  }

  async function show(key: number, picture: Picture): Promise<void> {
    try {
      const url = await client.files.urlOf(picture, { size: 'THUMBNAIL' });
      if (url !== undefined) change(key, { url });
    } catch (thrown) {
      console.warn('a picture’s thumbnail cannot be reached', toClientError(thrown).message);
    }
  }

  function drop(items: readonly Attachment[]): void {
    for (const { key, url } of items) {
      leaving.get(key)?.abort();
      if (url?.startsWith('blob:') === true) URL.revokeObjectURL(url);
    }
  }

  function remove(key: number): void {
    drop(store.get().list.filter((item) => item.key === key));
    store.set({ list: store.get().list.filter((item) => item.key !== key) });
  }

  function addPicture(picture: Picture): void {
    const isThere = readyPictures(store.get().list).some(({ id }) => id === picture.id);
    if (isThere) return;
    void show(append({ name: picture.alt, url: undefined, state: { kind: 'ready', picture } }), picture);
  }
  for (const picture of start) addPicture(picture);

  return {
    get: store.get,
    subscribe: store.subscribe,
    addPicture,
    addFiles(files) {
      for (const file of files) void upload(file);
    },
    remove,
    removePicture(imageId) {
      for (const { key, state } of store.get().list)
        if (state.kind === 'ready' && state.picture.id === imageId) remove(key);
    },
    [Symbol.dispose]() {
      drop(store.get().list);
    },
  };
}
