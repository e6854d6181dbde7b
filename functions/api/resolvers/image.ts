// Fields of pictures. A URL is signed here, when a client asks for it, and nowhere else.
import { toPublicId } from '../../../core/ids.ts';
import type {
  GeneratedImageResolvers,
  ImageProgressResolvers,
  ImageResolvers,
  RecipeResolvers,
} from '../../../schema/generated/resolver-types.ts';

export const Image: ImageResolvers = { __resolveType: ({ __typename }) => __typename };

export const GeneratedImage: GeneratedImageResolvers = {
  id: ({ id }) => toPublicId('image', id),
  file: ({ fileKey, thumbnailKey }, { size }, { services }) => {
    const key = size === 'THUMBNAIL' ? thumbnailKey : fileKey;
    return key === null ? null : services.media.signGet(key);
  },
  progress: ({ progress }) => progress ?? null,
  failure: ({ failure }) => failure ?? null,
};

export const ImageProgress: ImageProgressResolvers = {
  preview: ({ previewKey }, _, { services }) => (previewKey === undefined ? null : services.media.signGet(previewKey)),
  estimatedMs: ({ estimatedMs }) => estimatedMs ?? null,
};

export const Recipe: RecipeResolvers = {
  model: ({ model }) => model ?? null,
  modelDigest: ({ modelDigest }) => modelDigest ?? null,
  conditioningDigest: ({ conditioningDigest }) => conditioningDigest ?? null,
  executionProvider: ({ executionProvider }) => executionProvider ?? null,
};
