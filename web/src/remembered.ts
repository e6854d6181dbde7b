// What this browser remembers of each conversation besides what the server knows. Losing it loses no message. Must never fail
// the page: storage may be forbidden or hold what another program wrote.

const keptConversations = 200;

/** Of each conversation: from an id to an id. */
type Book = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface Remembered {
  readonly get: (conversationId: string, id: string) => string | undefined;
  readonly add: (conversationId: string, entries: Readonly<Record<string, string>>) => void;
  readonly forget: (conversationId: string) => void;
}

export function createRemembered(storageKey: string): Remembered {
  function read(): Book {
    try {
      return JSON.parse(localStorage.getItem(storageKey) ?? '{}') as Book;
    } catch (thrown) {
      console.warn(`${storageKey} cannot be read`, thrown);
      return {};
    }
  }
  function write(book: Book): void {
    try {
      localStorage.setItem(storageKey, JSON.stringify(book));
    } catch (thrown) {
      console.warn(`${storageKey} cannot be written`, thrown);
    }
  }
  return {
    get: (conversationId, id) => read()[conversationId]?.[id],
    add(conversationId, entries) {
      const { [conversationId]: known, ...others } = read();
      const kept = Object.entries(others).slice(1 - keptConversations);
      write(Object.fromEntries([...kept, [conversationId, { ...known, ...entries }]]));
    },
    forget(conversationId) {
      const { [conversationId]: _, ...others } = read();
      write(others);
    },
  };
}
