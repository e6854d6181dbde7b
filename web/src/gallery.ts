// The viewer's gallery as the page shows it: pages of pictures, a search by title, adding, removing.
import { v4 as newUuid } from 'uuid';
import { toClientError } from '../../clients/ts/client-error.ts';
import type { Client, Picture } from '../../clients/ts/index.ts';
import { refuseFor } from '../../clients/ts/live-reply.ts';
import { addToGallery, gallery as galleryQuery, removeFromGallery } from '../../clients/ts/picture-operations.ts';
import { retrying } from '../../clients/ts/retrying.ts';
import { createStore, type Readable } from './store.ts';

export type KeptPicture = Extract<Picture, { __typename: 'GalleryImage' }>;

export interface GalleryState {
  readonly items: readonly KeptPicture[];
  readonly next: string | undefined;
  readonly phase: 'loading' | 'ready' | 'failed';
  /** Names of files on their way in. */
  readonly adding: readonly string[];
  readonly problem: string | undefined;
}

export interface Gallery extends Readable<GalleryState>, Disposable {
  readonly search: (text: string) => Promise<void>;
  readonly loadMore: () => Promise<void>;
  readonly addFile: (file: File) => Promise<void>;
  readonly remove: (imageId: string) => Promise<void>;
}

const pageSize = 60;
const maxTitleLength = 200;

/** Keeps a finished picture under a title. @throws {ClientError} */
export async function addPicture(client: Client, { id }: Pick<Picture, 'id'>, title: string): Promise<KeptPicture> {
  const input = { source: { imageId: id }, title: title.slice(0, maxTitleLength), idempotencyKey: newUuid() };
  const answer = await retrying(() => client.request(addToGallery, { input }), new AbortController().signal);
  refuseFor(answer.addToGallery.userErrors);
  return answer.addToGallery.image!;
}

export function createGallery(client: Client): Gallery {
  const leaving = new AbortController();
  let asked = new AbortController();
  let words = '';
  const store = createStore<GalleryState>({
    ...{ items: [], next: undefined, phase: 'loading', adding: [], problem: undefined },
  });

  async function page(after: string | undefined): Promise<void> {
    asked.abort(); // only the newest question is answered
    asked = new AbortController();
    const signal = AbortSignal.any([asked.signal, leaving.signal]);
    try {
      const query = words === '' ? null : { text: words };
      const variables = { query, first: pageSize, after: after ?? null };
      const { gallery } = await retrying(() => client.request(galleryQuery, variables, signal), signal);
      const items = gallery.edges.map(({ node }) => node);
      for (const { id, thumbnail } of items) if (thumbnail) client.files.note(id, 'THUMBNAIL', thumbnail);
      const next = gallery.pageInfo.hasNextPage ? (gallery.pageInfo.endCursor ?? undefined) : undefined;
      const before = after === undefined ? [] : store.get().items;
      store.set({ items: [...before, ...items], next, phase: 'ready', problem: undefined });
    } catch (thrown) {
      if (!signal.aborted) store.set({ phase: 'failed', problem: toClientError(thrown).message });
    }
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    search(text) {
      words = text.trim();
      return page(undefined);
    },
    loadMore: () => page(store.get().next),
    async addFile(file) {
      store.set({ adding: [...store.get().adding, file.name], problem: undefined });
      try {
        const picture = await client.upload(file, { fileName: file.name, signal: leaving.signal });
        const kept = await addPicture(client, picture, file.name.replace(/\.\w+$/, '') || 'Untitled');
        store.set({ items: [kept, ...store.get().items] });
      } catch (thrown) {
        if (!leaving.signal.aborted) store.set({ problem: `${file.name}: ${toClientError(thrown).message}` });
      } finally {
        const { adding } = store.get();
        store.set({ adding: adding.toSpliced(adding.indexOf(file.name), 1) });
      }
    },
    async remove(imageId) {
      const answer = await client.request(removeFromGallery, { input: { imageId } });
      refuseFor(answer.removeFromGallery.userErrors);
      store.set({ items: store.get().items.filter(({ id }) => id !== imageId) });
    },
    [Symbol.dispose]: () => leaving.abort(),
  };
}
