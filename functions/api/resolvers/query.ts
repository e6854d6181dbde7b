// Reads from the root. What does not exist, was deleted or belongs to someone else is null, on every path alike.
import { AppError } from '../../../core/app-error.ts';
import { parsePublicId, type IdKind } from '../../../core/ids.ts';
import { limits } from '../../../core/limits.ts';
import { listConversations } from '../../../infra/database/lists.ts';
import type { AlikeSlice } from '../../../infra/database/gallery.ts';
import type { Slice } from '../../../infra/database/lists.ts';
import type { Refused } from '../../../infra/database/refused.ts';
import type { GalleryQuery, QueryResolvers } from '../../../schema/generated/resolver-types.ts';
import { checkText } from '../check-input.ts';
import type { Context, Services } from '../context.ts';
import type { AnyNode } from '../nodes.ts';
import { toConnection, toPage, type PageArguments } from '../page-arguments.ts';
import { describeCapabilities } from './capabilities.ts';
import { loadApiTokens } from './viewer.ts';

export const Query: QueryResolvers = {
  viewer: (_, __, { viewer }) => ({ __typename: 'Viewer', ...viewer }),
  node: (_, { id }, context) => loadNode(id, context),
  nodes: (_, { ids }, context) => {
    if (ids.length > limits.maxNodeIds)
      throw new AppError('INVALID', `"ids" has ${ids.length} entries, the limit is ${limits.maxNodeIds}`);
    return Promise.all(ids.map((id) => loadNode(id, context)));
  },
  conversation: (_, { id }, { load }) => ifKind('conversation', id, (uuid) => load.conversation.load(uuid)),
  message: (_, { id }, { load }) => ifKind('message', id, (uuid) => load.message.load(uuid)),
  image: (_, { id }, { load }) => ifKind('image', id, (uuid) => load.image.load(uuid)),
  conversations: async (_, page, { services, viewer, load }) =>
    toConnection(await listConversations(services.db, viewer.id, toPage(page)), (ids) =>
      load.conversation.loadMany(ids),
    ),
  gallery: async (_, { query, ...page }, { services, viewer, load }) => {
    const slice = await searchGallery(query, page, services, viewer.id);
    const connection = await toConnection(slice, (ids) => load.image.loadMany(ids));
    const similarities = 'similarities' in slice ? slice.similarities : undefined;
    const edges = connection.edges.flatMap(({ cursor, node }) =>
      node.__typename === 'GalleryImage' ? [{ cursor, node, similarity: similarities?.get(node.id) ?? null }] : [],
    );
    return { ...connection, edges };
  },
  capabilities: async (_, __, { services }) => describeCapabilities(await services.fleet()),
};

async function searchGallery(
  query: GalleryQuery | null | undefined,
  page: PageArguments,
  { gallery, fleet }: Services,
  viewerId: string,
): Promise<Slice | AlikeSlice | Refused> {
  if (typeof query?.imageId === 'string') {
    const parsed = parsePublicId(query.imageId);
    if (parsed?.kind !== 'image')
      throw new AppError('INVALID', `"${query.imageId.slice(0, 80)}" is no id of a picture`);
    const { modelCard } = await fleet();
    if (!modelCard)
      throw new AppError('MODEL_UNAVAILABLE', 'no worker has told yet by which model pictures are compared');
    return gallery.alike(viewerId, { imageId: parsed.uuid, modelDigest: modelCard.modelDigest }, toPage(page));
  }
  if (!query) return gallery.search(viewerId, undefined, toPage(page));
  const error = checkText(query.text, limits.maxTitleCodePoints, ['query', 'text']);
  if (error) throw new AppError('INVALID', error.message);
  return gallery.search(viewerId, { kind: 'title', text: query.text }, toPage(page));
}

async function loadNode(id: string, context: Context): Promise<AnyNode | null> {
  const { viewer, load } = context;
  const parsed = parsePublicId(id);
  switch (parsed?.kind) {
    case 'viewer':
      return parsed.uuid === viewer.id ? { __typename: 'Viewer', ...viewer } : null;
    case 'apiToken':
      return (await loadApiTokens(context)).find((token) => token.id === parsed.uuid) ?? null;
    case 'conversation':
      return load.conversation.load(parsed.uuid);
    case 'message':
      return load.message.load(parsed.uuid);
    case 'image':
      return load.image.load(parsed.uuid);
    case 'upload':
      return load.upload.load(parsed.uuid);
    case undefined:
      return null;
  }
}

function ifKind<T>(kind: IdKind, id: string, load: (uuid: string) => Promise<T | null>): Promise<T | null> {
  const parsed = parsePublicId(id);
  return parsed?.kind === kind ? load(parsed.uuid) : Promise.resolve(null);
}
