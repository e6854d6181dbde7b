// The words that are being written. They outlive their box, which goes when the viewer looks at the gallery. Must never put words
// in the place of others that somebody wrote.
import { createStore, type Readable } from './store.ts';

export interface Draft extends Readable<{ readonly text: string }> {
  readonly write: (text: string) => void;
  /** Words that were not accepted: before what was written since. */
  readonly giveBack: (text: string) => void;
}

export function createDraft(start = ''): Draft {
  const store = createStore({ text: start });
  return {
    get: store.get,
    subscribe: store.subscribe,
    write: (text) => store.set({ text }),
    giveBack(text) {
      const { text: since } = store.get();
      store.set({ text: [text, since].filter((words) => words.trim() !== '').join('\n') });
    },
  };
}
