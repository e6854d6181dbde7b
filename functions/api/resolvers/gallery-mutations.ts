// Writes about the gallery: keep a picture, let it go.
import { limits } from '../../../core/limits.ts';
import { addToGallery, removeFromGallery } from '../../../infra/database/gallery.ts';
import { isRefused } from '../../../infra/database/refused.ts';
import type { AddToGalleryInput, MutationResolvers } from '../../../schema/generated/resolver-types.ts';
import { checkText, first, type InputError } from '../check-input.ts';
import { idempotencyOf, idOf, toUserError } from './mutation-input.ts';
import { pictureOf } from './upload.ts';

export const galleryMutations: Pick<MutationResolvers, 'addToGallery' | 'removeFromGallery'> = {
  async addToGallery(_, { input: given }, context) {
    const { services, viewer, load } = context;
    // the scalar hands on a URL object, whose fields no digest would see
    const sourcePage = given.sourcePage ? new URL(given.sourcePage).href : null;
    const input = { ...given, sourcePage };
    const error = checkItem(input);
    if (error) return { image: null, userErrors: [error] };
    const { uploadId, imageId } = input.source;
    const path = ['source', uploadId === undefined ? 'imageId' : 'uploadId'];
    const source = uploadId === undefined ? idOf('image', imageId, ...path) : await pictureOf(uploadId, path, context);
    if ('error' in source) return { image: null, userErrors: [source.error] };
    const result = await addToGallery(services.db, {
      viewerId: viewer.id,
      imageId: 'uuid' in source ? source.uuid : source.imageId,
      path,
      title: input.title,
      creator: input.creator ?? null,
      licence: input.licence ?? null,
      sourcePage,
      isSeen: (await services.fleet()).modelCard?.readsImages === true,
      idempotency: idempotencyOf('addToGallery', input),
    });
    if (isRefused(result)) return { image: null, userErrors: [toUserError(result)] };
    services.bus.ring('jobs');
    const image = await load.image.load(result.itemId);
    return { image: image?.__typename === 'GalleryImage' ? image : null, userErrors: [] };
  },

  async removeFromGallery(_, { input }, { services, viewer }) {
    const id = idOf('image', input.imageId, 'imageId');
    if (!id.ok) return { removedImageId: null, userErrors: [id.error] };
    const result = await removeFromGallery(services.db, { viewerId: viewer.id, itemId: id.uuid });
    if (isRefused(result)) return { removedImageId: null, userErrors: [toUserError(result)] };
    services.bus.ring('jobs');
    return { removedImageId: input.imageId, userErrors: [] };
  },
};

function checkItem({ title, creator, licence, sourcePage }: AddToGalleryInput): InputError | undefined {
  const line = (text: string | null | undefined, field: string): InputError | undefined =>
    text === null || text === undefined ? undefined : checkText(text, limits.maxTitleCodePoints, [field]);
  return first([line(title, 'title'), line(creator, 'creator'), line(licence, 'licence'), checkPage(sourcePage)]);
}

/** An address that a page may link to. */
function checkPage(address: string | null | undefined): InputError | undefined {
  if (address === null || address === undefined) return undefined;
  const path = ['sourcePage'];
  if (address.length > limits.maxAddressCharacters)
    return {
      code: 'TOO_LARGE',
      message: `the address has ${address.length} characters, the limit is ${limits.maxAddressCharacters}`,
      path,
    };
  if (/^https?:\/\//.test(address)) return undefined;
  return { code: 'INVALID', message: `"${address.slice(0, 80)}" is no address of a page: begin with https://`, path };
}
