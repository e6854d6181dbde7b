// Pieces that several documents share: each names what one view of the page or one state of the client needs.

export const pictureFragment = /* GraphQL */ `
  fragment Picture on Image {
    __typename
    id
    width
    height
    contentType
    byteSize
    alt
    placeholder
    createdAt
    file {
      url
      expiresAt
    }
    provenance {
      kind
      manifestDigest
      origin
    }
    ... on GeneratedImage {
      status
      parent {
        id
        alt
      }
      progress {
        ...Progress
      }
      recipe {
        model
        words
        conditioning
        sampler
        steps
        guidance
        strength
        seed
        width
        height
        executionProvider
      }
      sameness
      score
      failure {
        code
        message
        retryable
      }
    }
    ... on UploadedImage {
      fileName
    }
    ... on GalleryImage {
      title
      creator
      licence
      sourcePage
    }
  }

  fragment Progress on ImageProgress {
    phase
    step
    steps
    estimatedMs
    preview {
      url
      expiresAt
    }
  }
`;

const partFragment = /* GraphQL */ `
  ${pictureFragment}
  fragment Part on MessagePart {
    __typename
    index
    ... on TextPart {
      text
    }
    ... on ImagePart {
      image {
        ...Picture
      }
      takes {
        ...Picture
      }
      decision {
        choice
        decidedBy
        pictureProbability
        drawProbability
        findProbability
      }
    }
  }
`;

export const replyFragment = /* GraphQL */ `
  ${partFragment}
  fragment Reply on AssistantMessage {
    __typename
    id
    createdAt
    status
    cursor
    droppedTurns
    pictureProbability
    noPicture
    parts {
      ...Part
    }
    activity {
      ...Waiting
    }
    failure {
      code
      message
      retryable
    }
    usage {
      promptTokens
      cachedTokens
      outputTokens
      imageSteps
      computeMs
      queueMs
    }
  }

  fragment Waiting on Activity {
    phase
    position
    estimatedMs
    loadedBytes
    totalBytes
  }
`;

export const refusalFragment = /* GraphQL */ `
  fragment Refusal on UserError {
    code
    message
    path
  }
`;

export const uploadFragment = /* GraphQL */ `
  fragment UploadState on Upload {
    id
    status
    url
    fields {
      name
      value
    }
    image {
      ...Picture
    }
    failure {
      code
      message
      retryable
    }
  }
  ${pictureFragment}
`;
