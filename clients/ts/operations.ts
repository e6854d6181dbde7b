// Every document the client and the page send. Types come from the schema (`npm run fix` makes them again); a document
// that no longer fits it fails the build. Must hold no logic.
import type {
  CancelImageMutation,
  CancelImageMutationVariables,
  CancelMessageMutation,
  CancelMessageMutationVariables,
  CapabilitiesQuery,
  CapabilitiesQueryVariables,
  ConversationsQuery,
  ConversationsQueryVariables,
  DeleteConversationMutation,
  DeleteConversationMutationVariables,
  DialogueQuery,
  DialogueQueryVariables,
  FileQuery,
  FileQueryVariables,
  MessageEventsSubscription,
  MessageEventsSubscriptionVariables,
  RegenerateMessageMutation,
  RegenerateMessageMutationVariables,
  RenameConversationMutation,
  RenameConversationMutationVariables,
  ReplyQuery,
  ReplyQueryVariables,
  SendMessageMutation,
  SendMessageMutationVariables,
} from '../../schema/generated/client-types.ts';

/** A document with the types of its result and its variables. */
export interface Operation<Data, Variables> {
  readonly name: string;
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly text: string;
  /** Never set: it only carries the types. */
  readonly types?: (variables: Variables) => Data;
}

/** @throws for a document without a named operation */
function operation<Data, Variables>(text: string): Operation<Data, Variables> {
  const [, kind, name] = /^\s*(query|mutation|subscription) (\w+)/.exec(text) ?? [];
  if (name === undefined || (kind !== 'query' && kind !== 'mutation' && kind !== 'subscription'))
    throw new Error(`a document must begin with a named operation: ${text.slice(0, 80)}`);
  return { name, kind, text: indent(text) };
}

/** As a person would write it: fragments come with the indentation of where they stood. */
function indent(text: string): string {
  let depth = 0;
  const lines = text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  return lines
    .map((line) => {
      if (line.startsWith('}')) depth -= 1;
      const indented = '  '.repeat(depth) + line;
      if (line.endsWith('{')) depth += 1;
      return indented;
    })
    .join('\n');
}

const pictureFragment = /* GraphQL */ `
  fragment Picture on GeneratedImage {
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
    status
    progress {
      ...Progress
    }
    recipe {
      model
      conditioning
      sampler
      steps
      guidance
      seed
      width
      height
      executionProvider
    }
    failure {
      code
      message
      retryable
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
        __typename
        ...Picture
      }
    }
  }
`;

const replyFragment = /* GraphQL */ `
  ${partFragment}
  fragment Reply on AssistantMessage {
    __typename
    id
    createdAt
    status
    cursor
    droppedTurns
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

const refusalFragment = /* GraphQL */ `
  fragment Refusal on UserError {
    code
    message
    path
  }
`;

export const sendMessage = operation<SendMessageMutation, SendMessageMutationVariables>(/* GraphQL */ `
  mutation SendMessage($input: SendMessageInput!) {
    sendMessage(input: $input) {
      conversation {
        id
        title
      }
      message {
        id
      }
      reply {
        ...Reply
      }
      userErrors {
        ...Refusal
      }
    }
  }
  ${replyFragment}
  ${refusalFragment}
`);

export const regenerateMessage = operation<RegenerateMessageMutation, RegenerateMessageMutationVariables>(
  /* GraphQL */ `
    mutation RegenerateMessage($input: RegenerateMessageInput!) {
      regenerateMessage(input: $input) {
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
  `,
);

export const cancelMessage = operation<CancelMessageMutation, CancelMessageMutationVariables>(/* GraphQL */ `
  mutation CancelMessage($input: CancelMessageInput!) {
    cancelMessage(input: $input) {
      message {
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

export const messageEvents = operation<MessageEventsSubscription, MessageEventsSubscriptionVariables>(/* GraphQL */ `
  subscription MessageEvents($messageId: ID!, $after: String) {
    messageEvents(messageId: $messageId, after: $after) {
      __typename
      cursor
      ... on TextEvent {
        partIndex
        offset
        text
      }
      ... on ImageEvent {
        part {
          ...Part
        }
      }
      ... on ImageDoneEvent {
        image {
          ...Picture
        }
      }
      ... on ActivityEvent {
        activity {
          ...Waiting
        }
      }
      ... on ImageProgressEvent {
        imageId
        progress {
          ...Progress
        }
      }
      ... on MessageDoneEvent {
        message {
          ...Reply
        }
      }
    }
  }
  ${replyFragment}
`);

export const reply = operation<ReplyQuery, ReplyQueryVariables>(/* GraphQL */ `
  query Reply($id: ID!) {
    message(id: $id) {
      __typename
      ...Reply
      ... on AssistantMessage {
        conversation {
          id
        }
      }
    }
  }
  ${replyFragment}
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

export const dialogue = operation<DialogueQuery, DialogueQueryVariables>(/* GraphQL */ `
  query Dialogue($id: ID!, $leafId: ID, $last: Int!, $before: String) {
    conversation(id: $id) {
      id
      title
      messages(leafId: $leafId, last: $last, before: $before) {
        pageInfo {
          hasPreviousPage
          startCursor
        }
        edges {
          node {
            __typename
            id
            alternatives {
              id
            }
            ... on UserMessage {
              createdAt
              parts {
                ...Part
              }
            }
            ...Reply
          }
        }
      }
    }
  }
  ${replyFragment}
`);

export const conversations = operation<ConversationsQuery, ConversationsQueryVariables>(/* GraphQL */ `
  query Conversations($first: Int!, $after: String) {
    conversations(first: $first, after: $after) {
      pageInfo {
        hasNextPage
        endCursor
      }
      edges {
        node {
          id
          title
          updatedAt
        }
      }
    }
  }
`);

export const renameConversation = operation<RenameConversationMutation, RenameConversationMutationVariables>(
  /* GraphQL */ `
    mutation RenameConversation($input: RenameConversationInput!) {
      renameConversation(input: $input) {
        conversation {
          id
          title
        }
        userErrors {
          ...Refusal
        }
      }
    }
    ${refusalFragment}
  `,
);

export const deleteConversation = operation<DeleteConversationMutation, DeleteConversationMutationVariables>(
  /* GraphQL */ `
    mutation DeleteConversation($input: DeleteConversationInput!) {
      deleteConversation(input: $input) {
        deletedConversationId
        userErrors {
          ...Refusal
        }
      }
    }
    ${refusalFragment}
  `,
);

export const capabilities = operation<CapabilitiesQuery, CapabilitiesQueryVariables>(/* GraphQL */ `
  query Capabilities {
    capabilities {
      model
      contextTokens
      maxTextCodePoints
      imageSizes {
        width
        height
      }
      functions {
        name
        state
        workers
      }
    }
  }
`);
