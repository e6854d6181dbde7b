// Where a picture comes from and what was drawn from it, as a small tree: those it was drawn from, the first at the root; beside
// each what else was drawn from the same; below it its own children.
import type { Client } from '../../clients/ts/index.ts';
import { ancestor, relatives } from '../../clients/ts/picture-operations.ts';
import type { RelativeFragment } from '../../schema/generated/client-types.ts';

export type Relative = RelativeFragment;

export interface Kin {
  readonly picture: Relative;
  readonly children: readonly Kin[];
}

const maxGenerations = 12;
const maxChildren = 6;

/** @param conversationId where others of its kind are looked for @returns undefined where it stands alone @throws {ClientError} */
export async function readLineage(
  client: Client,
  imageId: string,
  conversationId: string | undefined,
  signal: AbortSignal,
): Promise<Kin | undefined> {
  const near = conversationId === undefined ? [] : await readRelatives(client, conversationId, signal);
  const known = new Map(near.map((picture) => [picture.id, picture]));
  const line: Relative[] = [];
  for (let id: string | undefined = imageId; id !== undefined && line.length < maxGenerations;) {
    const picture: Relative | null | undefined =
      known.get(id) ?? (await client.request(ancestor, { id }, signal)).image;
    if (!picture) break;
    line.push(picture);
    id = comesFrom(picture);
  }
  return treeOf(line, near);
}

async function readRelatives(
  client: Client,
  conversationId: string,
  signal: AbortSignal,
): Promise<readonly Relative[]> {
  const { conversation } = await client.request(relatives, { conversationId }, signal);
  return conversation?.images.edges.map(({ node }) => node).toReversed() ?? [];
}

const comesFrom = (picture: Relative): string | undefined =>
  picture.__typename === 'GeneratedImage' ? (picture.parent?.id ?? picture.replayOf?.id) : undefined;

/** @param line the picture itself first, the root last @param near other pictures, oldest first */
export function treeOf(line: readonly Relative[], near: readonly Relative[]): Kin | undefined {
  const finished = near.filter((picture) => picture.__typename !== 'GeneratedImage' || picture.status === 'COMPLETED');
  let lower: Kin | undefined;
  for (const picture of line) {
    const children = finished
      .filter((child) => comesFrom(child) === picture.id && child.id !== lower?.picture.id)
      .slice(-maxChildren)
      .map((child) => ({ picture: child, children: [] }));
    lower = { picture, children: lower ? [...children, lower] : children };
  }
  return line.length > 1 || (lower && lower.children.length > 0) ? lower : undefined;
}
