// Which leaf each branch was last shown with. The API leads from a leaf to its first message, not the other way; so what this
// browser has shown is remembered here, and "2 of 3" leads back to the whole branch.
import { createRemembered } from './remembered.ts';

export const leaves = createRemembered('gill.leaves');

/** @param path ids of the messages shown, the leaf last */
export function rememberPath(conversationId: string, path: readonly string[]): void {
  const leaf = path.at(-1);
  if (leaf === undefined) return;
  leaves.add(conversationId, Object.fromEntries(path.slice(-100).map((id) => [id, leaf])));
}
