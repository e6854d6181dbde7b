// Fields of uploads. The form is signed when it is read, for the time that is left, and only while the file may come.
import { parsePublicId, toPublicId } from '../../../core/ids.ts';
import { unreachable } from '../../../core/app-error.ts';
import type { SignedForm } from '../../../infra/media/media-store.ts';
import type { UploadResolvers } from '../../../schema/generated/resolver-types.ts';
import type { InputError } from '../check-input.ts';
import type { Context } from '../context.ts';
import type { UploadNode } from '../nodes.ts';

export const Upload: UploadResolvers = {
  id: ({ id }) => toPublicId('upload', id),
  image: async ({ id, status }, _, { load }) => {
    const image = status === 'READY' ? await load.image.load(id) : null;
    return image?.__typename === 'UploadedImage' ? image : null;
  },
  failure: ({ failure }) => failure ?? null,
  url: async (upload, _, context) => (await signForm(upload, context))?.url ?? null,
  fields: async (upload, _, context) => (await signForm(upload, context))?.fields ?? [],
};

const forms = new WeakMap<UploadNode, Promise<SignedForm>>();

/** `url` and `fields` of one read belong to one form. */
function signForm(upload: UploadNode, { services }: Context): Promise<SignedForm> | undefined {
  if (upload.status !== 'AWAITING_FILE') return undefined;
  const { fileKey: key, contentType, byteSize, expiresAt } = upload;
  const seconds = Math.max(1, Math.floor((expiresAt.getTime() - Date.now()) / 1_000));
  const form = forms.get(upload) ?? services.media.signPost({ key, contentType, byteSize, seconds });
  forms.set(upload, form);
  return form;
}

/** The id of an upload's picture, or why it cannot stand in a message yet or ever. */
export async function pictureOf(
  uploadId: string,
  path: readonly string[],
  { load }: Context,
): Promise<{ readonly imageId: string } | { readonly error: InputError }> {
  const parsed = parsePublicId(uploadId);
  const upload = parsed?.kind === 'upload' ? await load.upload.load(parsed.uuid) : null;
  const refuse = (code: InputError['code'], message: string) => ({ error: { code, message, path } });
  if (!upload) return refuse('NOT_FOUND', `there is no upload "${uploadId.slice(0, 80)}"`);
  switch (upload.status) {
    case 'READY':
      return { imageId: upload.id };
    case 'AWAITING_FILE':
      return refuse('CONFLICT', "the file of this upload has not come: send it to the upload's url first");
    case 'CLEANING':
      return refuse('BUSY', 'this upload is being cleaned: ask for it until it is READY');
    case 'REJECTED':
      return refuse('INVALID', `this upload was rejected: ${upload.failure?.message ?? 'no reason was kept'}`);
    case 'EXPIRED':
      return refuse('CONFLICT', 'the file of this upload did not come in time: announce it anew');
    default:
      return unreachable(upload.status);
  }
}
