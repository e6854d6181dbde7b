// Arguments of a connection into a page of infra/database/lists.ts, and a slice into edges. Must never clamp a size that
// is out of range: it is refused with the limit.
import { AppError } from '../../core/app-error.ts';
import { limits } from '../../core/limits.ts';
import type { Page, Slice } from '../../infra/database/lists.ts';
import { isRefused, type Refused } from '../../infra/database/refused.ts';

export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** @throws {AppError} INVALID naming the argument and its limit */
export function toPage({ first, after, last, before }: PageArguments): Page {
  const forwards = first !== undefined && first !== null;
  const backwards = last !== undefined && last !== null;
  if (forwards === backwards) throw invalid('give either "first" or "last"');
  const [name, size] = forwards ? (['first', first] as const) : (['last', last!] as const);
  if (size < 1 || size > limits.maxPageSize)
    throw invalid(`"${name}" is ${size}, it must be from 1 to ${limits.maxPageSize}`);
  if (forwards && given(before)) throw invalid('"before" goes with "last": use "after" with "first"');
  if (backwards && given(after)) throw invalid('"after" goes with "first": use "before" with "last"');
  return forwards ? { first, after: after ?? undefined } : { last: last!, before: before ?? undefined };
}

/** Edges without those whose row went away between the list and its load. @throws {AppError} INVALID for a bad cursor */
export async function toConnection<Node>(
  slice: Slice | Refused,
  load: (ids: readonly string[]) => Promise<readonly (Node | null | Error)[]>,
): Promise<{
  edges: { cursor: string; node: Node }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
}> {
  if (isRefused(slice)) throw invalid(slice.message);
  const nodes = await load(slice.items.map(({ id }) => id));
  const edges = slice.items.flatMap(({ cursor }, i) => {
    const node = nodes[i];
    if (node instanceof Error) throw node;
    return node === null || node === undefined ? [] : [{ cursor, node }];
  });
  return {
    edges,
    pageInfo: {
      hasNextPage: slice.hasNextPage,
      hasPreviousPage: slice.hasPreviousPage,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

const given = (value: string | null | undefined): boolean => value !== undefined && value !== null;
const invalid = (message: string): AppError => new AppError('INVALID', message);
