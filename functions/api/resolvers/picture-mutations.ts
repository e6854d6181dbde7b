// Writes that are about pictures: stop, redraw, replay, upload. Must never wait for a model, nor see a file's bytes.
import { cancelImage } from '../../../infra/database/cancel.ts';
import { drawnFor } from '../../../core/reply-options.ts';
import { noPicture, notDrawn, redrawImage, replayImage } from '../../../infra/database/redraw.ts';
import { isRefused, refused } from '../../../infra/database/refused.ts';
import { createUpload } from '../../../infra/database/uploads.ts';
import { mediaKeys } from '../../../infra/media/media-store.ts';
import type { MutationResolvers } from '../../../schema/generated/resolver-types.ts';
import { chooseRecipes } from '../choose-options.ts';
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
    if (image.__typename !== 'GeneratedImage')
      return { reply: null, userErrors: [toUserError(refused('INVALID', notDrawn, 'imageId'))] };
    const chosen = chooseRecipes(input, (await services.fleet()).modelCard, { id: id.uuid, recipe: image.recipe });
    if (chosen.kind === 'wrong') return { reply: null, userErrors: [chosen.error] };
    const { recipes } = chosen;
    const result = await redrawImage(services.db, {
      viewerId: viewer.id,
      imageId: id.uuid,
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

const asGenerated = (image: ImageNode | null): GeneratedImageNode | null =>
  image?.__typename === 'GeneratedImage' ? image : null;
