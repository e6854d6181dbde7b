// Documents about conversations and replies. Types come from the schema (`npm run fix` makes them again); a document that no
// longer fits it fails the build. Must hold no logic.
import type {
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
import { refusalFragment, replyFragment } from './fragments.ts';
import { operation } from './operation.ts';

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
      readsImages
      imagePolicies
      conditionings
      defaultStrength
      maxTakes
      maxPicturesPerReply
      maxImagesPerMessage
      maxUploadBytes
      uploadTypes
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
