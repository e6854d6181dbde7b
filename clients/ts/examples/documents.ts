// The documents that the examples without this package send, and what comes back.

/** What a cache keeps of a reply. */
export const replyFields = `fragment ReplyFields on AssistantMessage {
  id status
  parts { index ... on TextPart { text } ... on ImagePart { image { id alt file { url } } } }
}`;

export interface Reply {
  readonly parts: readonly { readonly text?: string; readonly image?: { alt: string; file: { url: string } | null } }[];
}

export const sendMessage = `mutation($input: SendMessageInput!) {
  sendMessage(input: $input) { reply { id } userErrors { message } }
}`;

export const watchMessage = `subscription($id: ID!, $after: String) {
  messageEvents(messageId: $id, after: $after) {
    __typename cursor
    ... on TextEvent { text }
    ... on ImageDoneEvent { image { id alt file { url } } }
    ... on MessageDoneEvent { message { ...ReplyFields } }
  }
}
${replyFields}`;

export interface Sent {
  readonly sendMessage: { readonly reply: { readonly id: string } | null; readonly userErrors: { message: string }[] };
}

export interface Watched {
  readonly messageEvents: { readonly cursor: string } & (
    | { readonly __typename: 'TextEvent'; readonly text: string }
    | { readonly __typename: 'ImageDoneEvent'; readonly image: { alt: string; file: { url: string } | null } }
    | { readonly __typename: 'MessageDoneEvent' | 'ImageEvent' | 'ActivityEvent' | 'ImageProgressEvent' }
  );
}
