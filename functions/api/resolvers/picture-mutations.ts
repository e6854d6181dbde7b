// Writes that are about pictures: stop, redraw, replay, upload. Must never wait for a model, nor see a file's bytes.
import { cancelImage } from '../../../infra/database/cancel.ts';
import { drawnFor, type Recipe } from '../../../core/reply-options.ts';
import { readFoundPlace, type FoundPlace } from '../../../infra/database/found-picture.ts';
import { noPicture, notDrawn, redrawImage, replayImage } from '../../../infra/database/redraw.ts';
import { isRefused, refused } from '../../../infra/database/refused.ts';
import { createUpload } from '../../../infra/database/uploads.ts';
import { mediaKeys } from '../../../infra/media/media-store.ts';
import type { MutationResolvers, RedrawImageInput, UserError } from '../../../schema/generated/resolver-types.ts';
import { chooseRecipes } from '../choose-options.ts';
import type { Services } from '../context.ts';
import type { GeneratedImageNode, ImageNode } from '../nodes.ts';
import { checkFile } from '../uploads.ts';
import { asReply, idempotencyOf, idOf, ringCancelled, toUserError } from './mutation-input.ts';

type PictureMutation = 'cancelImage' | 'redrawImage' | 'replayImage' | 'createUpload';

export const pictureMutations: Pick<MutationResolvers, PictureMutation> = {
  async cancelImage(_, { input }, { services, viewer, load }) {
    const id = idOf('image', input.imageId, 'imageId');
    if (!id.ok) return { image: null, userErrors: [id.error] };
    const result = await cancelImage(services.db, { viewerId: viewer.id, imageId: id.uuid });
    if (isRefused(result)) return { image: null, userErrors: [toUserError(result)] };
    ringCancelled(services, result);
    services.bus.ring(`image:${id.uuid}`);
    return { image: asGenerated(await load.image.load(id.uuid)), userErrors: [] };
  },

  async createUpload(_, { input }, { services, viewer, load }) {
    const error = checkFile(input);
    if (error) return { upload: null, userErrors: [error] };
    const result = await createUpload(services.db, {
      viewerId: viewer.id,
      fileName: input.fileName ?? null,
      contentType: input.contentType,
      byteSize: input.byteSize,
      sha256: input.sha256.toLowerCase(),
      fileKeyOf: (uploadId) => mediaKeys.upload(viewer.id, uploadId),
      idempotency: idempotencyOf('createUpload', input),
    });
    if (isRefused(result)) return { upload: null, userErrors: [toUserError(result)] };
    return { upload: await load.upload.load(result.uploadId), userErrors: [] };
  },

  async redrawImage(_, { input }, { services, viewer, load }) {
    const id = idOf('image', input.imageId, 'imageId');
    if (!id.ok) return { reply: null, userErrors: [id.error] };
    const image = await load.image.load(id.uuid);
    if (!image) return { reply: null, userErrors: [toUserError(refused('NOT_FOUND', noPicture, 'imageId'))] };
    const found = image.__typename === 'GalleryImage' ? await placeOf(input, id.uuid, services, viewer.id) : undefined;
    if (found && 'error' in found) return { reply: null, userErrors: [found.error] };
    const recipe = recipeOf(image, found);
    if (!recipe) return { reply: null, userErrors: [toUserError(refused('INVALID', notDrawn, 'imageId'))] };
    const chosen = chooseRecipes(input, (await services.fleet()).modelCard, { id: id.uuid, recipe });
    if (chosen.kind === 'wrong') return { reply: null, userErrors: [chosen.error] };
    const { recipes } = chosen;
    const result = await redrawImage(services.db, {
      viewerId: viewer.id,
      imageId: id.uuid,
      found,
      recipes,
      alt: drawnFor(recipes[0]?.words ?? ''),
      idempotency: idempotencyOf('redrawImage', input),
      computeBudgetMs: services.computeBudgetMs,
    });
    if (isRefused(result)) return { reply: null, userErrors: [toUserError(result)] };
    services.bus.ring('jobs');
    services.bus.ring(`conversation:${result.conversationId}`);
    return { reply: asReply(await load.message.load(result.replyId)), userErrors: [] };
  },

  async replayImage(_, { input }, { services, viewer, load }) {
    const id = idOf('image', input.imageId, 'imageId');
    if (!id.ok) return { image: null, userErrors: [id.error] };
    const result = await replayImage(services.db, {
      viewerId: viewer.id,
      imageId: id.uuid,
      idempotency: idempotencyOf('replayImage', input),
      computeBudgetMs: services.computeBudgetMs,
    });
    if (isRefused(result)) return { image: null, userErrors: [toUserError(result)] };
    services.bus.ring('jobs');
    return { image: asGenerated(await load.image.load(result.imageId)), userErrors: [] };
  },
};

/** Where a picture of the gallery was found. */
async function placeOf(
  { messageId }: RedrawImageInput,
  itemId: string,
  { db }: Services,
  viewerId: string,
): Promise<FoundPlace | { readonly error: UserError }> {
  const message = typeof messageId === 'string' ? idOf('message', messageId, 'messageId') : undefined;
  if (message && !message.ok) return { error: message.error };
  const place = await readFoundPlace(db, viewerId, itemId, message?.uuid);
  const path = message ? 'messageId' : 'imageId';
  return (
    place ?? { error: toUserError(refused('INVALID', 'no reply of yours shows this picture as a found one', path)) }
  );
}

/** What a picture is drawn again from: its own recipe, or the words that it was found for. */
function recipeOf(image: ImageNode, found: FoundPlace | undefined): Recipe | undefined {
  if (found) return { conditioning: 'TEXT', words: found.words, ...found.image };
  return image.__typename === 'GeneratedImage' ? image.recipe : undefined;
}

const asGenerated = (image: ImageNode | null): GeneratedImageNode | null =>
  image?.__typename === 'GeneratedImage' ? image : null;
