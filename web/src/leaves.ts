// Which leaf each branch was last shown with. The API leads from a leaf to its first message, not the other way; so what this
// browser has shown is remembered here, and "2 of 3" leads back to the whole branch. Losing it loses no message.

const storageKey = 'gill.leaves';
const keptConversations = 200;

type Leaves = Readonly<Record<string, Readonly<Record<string, string>>>>;

export function leafOf(conversationId: string, messageId: string): string | undefined {
  return read()[conversationId]?.[messageId];
}

/** @param path ids of the messages shown, the leaf last */
export function rememberPath(conversationId: string, path: readonly string[]): void {
  const leaf = path.at(-1);
  if (leaf === undefined) return;
  const { [conversationId]: known, ...others } = read();
  const branch = Object.fromEntries(path.slice(-100).map((id) => [id, leaf]));
  const entries = [...Object.entries(others).slice(1 - keptConversations), [conversationId, { ...known, ...branch }]];
  write(Object.fromEntries(entries) as Leaves);
}

export function forgetConversation(conversationId: string): void {
  const { [conversationId]: _, ...others } = read();
  write(others);
}

function read(): Leaves {
  try {
    return JSON.parse(localStorage.getItem(storageKey) ?? '{}') as Leaves;
  } catch (thrown) {
    // storage is forbidden, or holds what another program wrote: branches are then found from the active leaf only
    console.warn('branches shown before cannot be read', thrown);
    return {};
  }
}

function write(leaves: Leaves): void {
  try {
    localStorage.setItem(storageKey, JSON.stringify(leaves));
  } catch (thrown) {
    console.warn('the branch shown cannot be remembered', thrown);
  }
}
