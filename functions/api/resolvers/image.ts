// Fields of pictures. A URL is signed here, when a client asks for it, and nowhere else.
import { toPublicId } from '../../../core/ids.ts';
import type {
  GalleryImageResolvers,
  GeneratedImageResolvers,
  ImageProgressResolvers,
  ImageResolvers,
  ImageSize,
  RecipeResolvers,
  UploadedImageResolvers,
} from '../../../schema/generated/resolver-types.ts';
import type { Context } from '../context.ts';
import type { ImageNode } from '../nodes.ts';

export const Image: ImageResolvers = { __resolveType: ({ __typename }) => __typename };

const kinds = { generated: 'GENERATED', uploaded: 'UPLOADED', gallery: 'GALLERY' } as const;

const common = {
  id: ({ id }: ImageNode) => toPublicId('image', id),
  file: ({ fileKey, thumbnailKey }: ImageNode, { size }: { size?: ImageSize | null }, { services }: Context) => {
    const key = size === 'THUMBNAIL' ? thumbnailKey : fileKey;
    return key === null ? null : services.media.signGet(key);
  },
  provenance: (image: ImageNode) => {
    const origin = image.kind === 'gallery' ? image.origin : null;
    const kind = origin === null ? kinds[image.kind] : 'BUNDLED';
    return { kind, manifestDigest: image.manifestSha256, origin } as const;
  },
};

export const UploadedImage: UploadedImageResolvers = common;
export const GalleryImage: GalleryImageResolvers = {
  ...common,
  searchable: ({ id }, _, { load }) => load.searchable.load(id),
};
export const GeneratedImage: GeneratedImageResolvers = {
  ...common,
  progress: ({ progress }) => progress ?? null,
  parent: ({ parentId }, _, { load }) => (parentId === null ? null : load.image.load(parentId)),
  replayOf: async ({ replayOfId }, _, { load }) => {
    const original = replayOfId === null ? null : await load.image.load(replayOfId);
    return original?.__typename === 'GeneratedImage' ? original : null;
  },
  failure: ({ failure }) => failure ?? null,
};

export const ImageProgress: ImageProgressResolvers = {
  preview: ({ previewKey }, _, { services }) => (previewKey === undefined ? null : services.media.signGet(previewKey)),
  estimatedMs: ({ estimatedMs }) => estimatedMs ?? null,
};

export const Recipe: RecipeResolvers = {
  model: ({ model }) => model ?? null,
  modelDigest: ({ modelDigest }) => modelDigest ?? null,
  strength: ({ parent }) => parent?.guidance ?? null,
  parentDigest: ({ parent }) => parent?.sha256 ?? null,
  conditioningDigest: ({ conditioningDigest }) => conditioningDigest ?? null,
  executionProvider: ({ executionProvider }) => executionProvider ?? null,
};
