// Fields of a conversation that are more than a column.
import { parsePublicId, toPublicId } from '../../../core/ids.ts';
import { AppError } from '../../../core/app-error.ts';
import { listImages, listMessages } from '../../../infra/database/lists.ts';
import type { ConversationResolvers } from '../../../schema/generated/resolver-types.ts';
import type { Context } from '../context.ts';
import type { ConversationNode } from '../nodes.ts';
import { toConnection, toPage } from '../page-arguments.ts';

export const Conversation: ConversationResolvers = {
  id: ({ id }) => toPublicId('conversation', id),
  activeLeaf: ({ activeLeafId }, _, { load }) => (activeLeafId === null ? null : load.message.load(activeLeafId)),
  messages: async (conversation, { leafId, ...page }, context) => {
    const { services, load } = context;
    const wanted = toPage(page);
    const leaf = await chooseLeaf(conversation, leafId, context);
    const slice =
      leaf === null
        ? { items: [], hasNextPage: false, hasPreviousPage: false }
        : await listMessages(services.db, leaf, wanted);
    return toConnection(slice, (ids) => load.message.loadMany(ids));
  },
  images: async ({ id }, page, { services, viewer, load }) =>
    toConnection(await listImages(services.db, viewer.id, id, toPage(page)), (ids) => load.image.loadMany(ids)),
};

/** @throws {AppError} NOT_FOUND for a leaf that is not of this conversation */
async function chooseLeaf(
  { id, activeLeafId }: ConversationNode,
  leafId: string | null | undefined,
  { load }: Context,
): Promise<string | null> {
  if (leafId === undefined || leafId === null) return activeLeafId;
  const parsed = parsePublicId(leafId);
  const leaf = parsed?.kind === 'message' ? await load.message.load(parsed.uuid) : null;
  if (leaf?.conversationId !== id)
    throw new AppError('NOT_FOUND', `"${leafId.slice(0, 80)}" is no message of this conversation`);
  return leaf.id;
}
