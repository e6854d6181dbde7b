// `imageEvents`: one picture's state, newest only, until it has ended.
import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../../../core/app-error.ts';
import { parsePublicId } from '../../../core/ids.ts';
import { createContext, type Context } from '../context.ts';
import type { Source } from './source.ts';

/** @throws {AppError} NOT_FOUND for a picture that is not the viewer's */
export async function watchImage(
  { services, viewer, load }: Context,
  { imageId }: { readonly imageId: string },
): Promise<Source> {
  const parsed = parsePublicId(imageId);
  const image = parsed?.kind === 'image' ? await load.image.load(parsed.uuid) : null;
  if (image?.__typename !== 'GeneratedImage')
    throw new AppError('NOT_FOUND', `there is no drawn picture "${imageId.slice(0, 80)}"`);
  let version = 0;
  return {
    topic: `image:${image.id}`,
    startAfter: () => 0,
    look: async (last) => {
      const node = await createContext(services, viewer).load.image.load(image.id);
      if (node?.__typename !== 'GeneratedImage')
        return { ...last, ended: new AppError('NOT_FOUND', 'the conversation was deleted') };
      const before = last.states.get('image');
      if (before && isDeepStrictEqual(before.node, node)) return last;
      const ended = node.status !== 'QUEUED' && node.status !== 'RUNNING';
      return { log: last.log, states: new Map([['image', { node, cursor: undefined, version: ++version }]]), ended };
    },
  };
}
