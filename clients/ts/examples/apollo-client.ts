// Apollo Client 4: events over a WebSocket, and the finished reply out of the normalised cache, where MessageDoneEvent has
// put it. `node clients/ts/examples/apollo-client.ts "a red fox"` while `npm start` runs.
import { argv, env, stdout } from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { ApolloClient, HttpLink, InMemoryCache, gql, type TypedDocumentNode } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { ApolloLink } from '@apollo/client/link';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import { replyFields, sendMessage, watchMessage, type Reply, type Sent, type Watched } from './documents.ts';

const url = `${env['GILL_URL'] ?? 'http://127.0.0.1:4000'}/graphql`;
const sockets = createClient({ url: url.replace('http', 'ws'), retryAttempts: 0 });
const client = new ApolloClient({
  cache: new InMemoryCache({
    possibleTypes: { MessagePart: ['TextPart', 'ImagePart'], Image: ['GeneratedImage'] },
    // a signed URL is one value: a fresh one replaces it whole
    typePolicies: { SignedFile: { merge: true } },
  }),
  link: ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(sockets),
    new HttpLink({ uri: url }),
  ),
});

const watch: TypedDocumentNode<Watched, { id: string; after: string | null }> = gql(watchMessage);
const input = { parts: [{ text: argv[2] ?? 'a red fox' }], idempotencyKey: crypto.randomUUID() };
const send: TypedDocumentNode<Sent, { input: object }> = gql(sendMessage);
const { data } = await client.mutate({ mutation: send, variables: { input } });
const { id } = data!.sendMessage.reply!;

for (let after: string | null = null, isDone = false; !isDone;) {
  isDone = await new Promise((resolve, reject) => {
    client.subscribe({ query: watch, variables: { id, after } }).subscribe({
      next({ data, error }) {
        const event = data?.messageEvents;
        after = event?.cursor ?? after;
        if (event?.__typename === 'TextEvent') stdout.write(event.text);
        if (event?.__typename === 'MessageDoneEvent') resolve(true);
        if (CombinedGraphQLErrors.is(error)) reject(error); // the server's own refusal: no retry mends it
      },
      complete: () => resolve(false), // done or cut: then go on after the last cursor
    });
  });
  if (!isDone) await setTimeout(500);
}
const reply = client.readFragment<Reply>({ id: `AssistantMessage:${id}`, fragment: gql(replyFields) });
for (const part of reply?.parts ?? []) if (part.image) stdout.write(`\n[${part.image.alt}: ${part.image.file?.url}]\n`);
client.stop();
await sockets.dispose();
