// What the explorer shows before anything was written: what is here, and how a picture is asked for. Checked against the
// schema by test/scenario/explorer.test.ts.

export const firstQuery = /* GraphQL */ `
  # gill: a conversation whose replies interleave text and pictures.
  # Choose an operation beside the ▶ button. Everything is described under the book at the left.

  query Capabilities {
    capabilities {
      model
      imageSizes {
        width
        height
      }
      functions {
        name
        state
      }
    }
  }

  # Answers at once; the reply grows as events.
  mutation Send($input: SendMessageInput!) {
    sendMessage(input: $input) {
      reply {
        id
        status
      }
      userErrors {
        message
      }
    }
  }

  # Put the reply's id into the variables. Goes on after a cut with \`after\`.
  subscription Watch($id: ID!, $after: String) {
    messageEvents(messageId: $id, after: $after) {
      __typename
      cursor
      ... on TextEvent {
        text
      }
      ... on ImageProgressEvent {
        progress {
          step
          steps
        }
      }
      ... on ImageDoneEvent {
        image {
          alt
          file {
            url
          }
        }
      }
      ... on MessageDoneEvent {
        message {
          status
        }
      }
    }
  }
`;

export const firstVariables = JSON.stringify(
  {
    input: { parts: [{ text: 'a blue penguin on the beach' }], idempotencyKey: crypto.randomUUID() },
    id: 'msg_…',
  },
  null,
  2,
);
