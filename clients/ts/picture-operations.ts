// Documents about pictures and uploads. Types come from the schema (`npm run fix` makes them again); a document that no
// longer fits it fails the build. Must hold no logic.
import type {
  AddToGalleryMutation,
  AddToGalleryMutationVariables,
  AncestorQuery,
  AncestorQueryVariables,
  GalleryPageQuery,
  GalleryPageQueryVariables,
  RemoveFromGalleryMutation,
  RemoveFromGalleryMutationVariables,
  CancelImageMutation,
  CancelImageMutationVariables,
  CreateUploadMutation,
  CreateUploadMutationVariables,
  FileQuery,
  FileQueryVariables,
  PictureQuery,
  PictureQueryVariables,
  RedrawImageMutation,
  RedrawImageMutationVariables,
  ReplayImageMutation,
  ReplayImageMutationVariables,
  RelativesQuery,
  RelativesQueryVariables,
  UploadQuery,
  UploadQueryVariables,
  WhyQuery,
  WhyQueryVariables,
} from '../../schema/generated/client-types.ts';
import { pictureFragment, refusalFragment, replyFragment, uploadFragment } from './fragments.ts';
import { operation } from './operation.ts';

export const cancelImage = operation<CancelImageMutation, CancelImageMutationVariables>(/* GraphQL */ `
  mutation CancelImage($input: CancelImageInput!) {
    cancelImage(input: $input) {
      image {
        id
        status
      }
      userErrors {
        ...Refusal
      }
    }
  }
  ${refusalFragment}
`);

export const file = operation<FileQuery, FileQueryVariables>(/* GraphQL */ `
  query File($id: ID!, $size: ImageSize!) {
    image(id: $id) {
      file(size: $size) {
        url
        expiresAt
      }
    }
  }
`);

export const createUpload = operation<CreateUploadMutation, CreateUploadMutationVariables>(/* GraphQL */ `
  mutation CreateUpload($input: CreateUploadInput!) {
    createUpload(input: $input) {
      upload {
        ...UploadState
      }
      userErrors {
        ...Refusal
      }
    }
  }
  ${uploadFragment}
  ${refusalFragment}
`);

export const upload = operation<UploadQuery, UploadQueryVariables>(/* GraphQL */ `
  query Upload($id: ID!) {
    node(id: $id) {
      __typename
      ...UploadState
    }
  }
  ${uploadFragment}
`);

export const picture = operation<PictureQuery, PictureQueryVariables>(/* GraphQL */ `
  query Picture($id: ID!) {
    image(id: $id) {
      ...Picture
    }
  }
  ${pictureFragment}
`);

const relativeFragment = /* GraphQL */ `
  fragment Relative on Image {
    __typename
    id
    alt
    file(size: THUMBNAIL) {
      url
      expiresAt
    }
    ... on GeneratedImage {
      status
      recipe {
        words
        seed
        strength
      }
      parent {
        id
      }
      replayOf {
        id
      }
    }
  }
`;

export const ancestor = operation<AncestorQuery, AncestorQueryVariables>(/* GraphQL */ `
  query Ancestor($id: ID!) {
    image(id: $id) {
      ...Relative
    }
  }
  ${relativeFragment}
`);

export const relatives = operation<RelativesQuery, RelativesQueryVariables>(/* GraphQL */ `
  query Relatives($conversationId: ID!) {
    conversation(id: $conversationId) {
      images(first: 100) {
        edges {
          node {
            ...Relative
          }
        }
      }
    }
  }
  ${relativeFragment}
`);

export const why = operation<WhyQuery, WhyQueryVariables>(/* GraphQL */ `
  query Why($replyId: ID!) {
    message(id: $replyId) {
      parts {
        __typename
        ... on ImagePart {
          image {
            id
          }
          takes {
            id
          }
          decision {
            candidates {
              similarity
              image {
                ...Picture
              }
            }
            meant {
              noneProbability
              candidates {
                probability
                image {
                  ...Picture
                }
              }
            }
          }
        }
      }
    }
  }
  ${pictureFragment}
`);

export const redrawImage = operation<RedrawImageMutation, RedrawImageMutationVariables>(/* GraphQL */ `
  mutation RedrawImage($input: RedrawImageInput!) {
    redrawImage(input: $input) {
      reply {
        ...Reply
        conversation {
          id
        }
      }
      userErrors {
        ...Refusal
      }
    }
  }
  ${replyFragment}
  ${refusalFragment}
`);

export const replayImage = operation<ReplayImageMutation, ReplayImageMutationVariables>(/* GraphQL */ `
  mutation ReplayImage($input: ReplayImageInput!) {
    replayImage(input: $input) {
      image {
        ...Picture
      }
      userErrors {
        ...Refusal
      }
    }
  }
  ${pictureFragment}
  ${refusalFragment}
`);

export const gallery = operation<GalleryPageQuery, GalleryPageQueryVariables>(/* GraphQL */ `
  query GalleryPage($query: GalleryQuery, $first: Int!, $after: String) {
    gallery(query: $query, first: $first, after: $after) {
      pageInfo {
        hasNextPage
        endCursor
      }
      edges {
        node {
          ...Picture
          thumbnail: file(size: THUMBNAIL) {
            url
            expiresAt
          }
        }
      }
    }
  }
  ${pictureFragment}
`);

export const addToGallery = operation<AddToGalleryMutation, AddToGalleryMutationVariables>(/* GraphQL */ `
  mutation AddToGallery($input: AddToGalleryInput!) {
    addToGallery(input: $input) {
      image {
        ...Picture
      }
      userErrors {
        ...Refusal
      }
    }
  }
  ${pictureFragment}
  ${refusalFragment}
`);

export const removeFromGallery = operation<RemoveFromGalleryMutation, RemoveFromGalleryMutationVariables>(
  /* GraphQL */ `
    mutation RemoveFromGallery($input: RemoveFromGalleryInput!) {
      removeFromGallery(input: $input) {
        removedImageId
        userErrors {
          ...Refusal
        }
      }
    }
    ${refusalFragment}
  `,
);
