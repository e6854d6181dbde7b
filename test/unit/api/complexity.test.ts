// What operations cost: every document of the client and the page is admitted with room to spare, at the longest lists the
// page asks for; and nothing gets cheap by being asked for under many names.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'graphql';
import * as conversationDocuments from '../../../clients/ts/operations.ts';
import * as pictureDocuments from '../../../clients/ts/picture-operations.ts';
import { limits } from '../../../core/limits.ts';
import { complexityOf } from '../../../functions/api/complexity.ts';
import { createSchema } from '../../../functions/api/schema.ts';

const schema = createSchema();
const pointsOf = (query: string, variables: Record<string, unknown> = {}): number =>
  complexityOf(schema, parse(query), variables);
const uuid = '0190a1b2-0000-7000-8000-000000000000';

/** Lists as long as web/src asks for; what else a document wants only has to be of its type. */
const sizes: Readonly<Record<string, object>> = {
  Dialogue: { last: 30 },
  Conversations: { first: 100 },
  GalleryPage: { first: 60 },
};
const input: Readonly<Record<string, object>> = {
  SendMessage: { parts: [{ text: 'a fox' }] },
  RegenerateMessage: { messageId: 'x' },
  CancelMessage: { messageId: 'x' },
  RenameConversation: { conversationId: 'x', title: 'x' },
  DeleteConversation: { conversationId: 'x' },
  CancelImage: { imageId: 'x' },
  CreateUpload: { contentType: 'image/png', byteSize: 1, sha256: '0'.repeat(64) },
  RedrawImage: { imageId: 'x' },
  ReplayImage: { imageId: 'x' },
  AddToGallery: { source: { imageId: 'x' }, title: 'x' },
  RemoveFromGallery: { imageId: 'x' },
};
const keyed = ['SendMessage', 'RegenerateMessage', 'CreateUpload', 'RedrawImage', 'ReplayImage', 'AddToGallery'];

test('every document of the client and the page costs less than two thirds of what is admitted', () => {
  const documents = [...Object.values(conversationDocuments), ...Object.values(pictureDocuments)];
  assert.ok(documents.length > 15);
  for (const { name, text } of documents) {
    const key = keyed.includes(name) ? { idempotencyKey: uuid } : {};
    const variables = {
      id: 'x',
      conversationId: 'x',
      replyId: 'x',
      messageId: 'x',
      size: 'FULL',
      ...sizes[name],
      input: { ...input[name], ...key },
    };
    const points = pointsOf(text, variables);
    assert.ok(points > 0 && points < (limits.maxComplexity * 2) / 3, `${name} costs ${points}`);
  }
});

const picture = (selection: string): string =>
  `{ node(id: "x") { ... on Message { parts { ... on ImagePart { image { ${selection} } } } } } }`;

test('a field costs as much under each of its names, and what computes costs more than what lies there', () => {
  const cost = (selection: string): number => pointsOf(picture(`alt ${selection}`)) - pointsOf(picture('alt'));
  const pictures = limits.maxImagesPerMessage;
  assert.equal(cost('b: alt'), pictures);
  assert.equal(cost('b: alt c: alt'), 2 * pictures);
  assert.equal(cost('file { url }'), 13 * pictures);
  assert.equal(cost('... on GeneratedImage { file { url } }'), 13 * pictures);
  assert.equal(cost('file { url } b: file { url }'), 26 * pictures);
});

test('lists count as long as they can be, whoever declares them', () => {
  const ofMessage = (selection: string): number => pointsOf(`{ message(id: "x") { ${selection} } }`) - 2;
  assert.equal(ofMessage('alternatives { id }'), limits.maxAlternatives * 3);
  assert.equal(ofMessage('... on UserMessage { parts { index } }'), limits.maxPartsPerMessage * 3);
  assert.equal(
    ofMessage('parts { ... on ImagePart { takes { id } } }'),
    limits.maxPartsPerMessage * 2 + limits.maxTakes * 3,
  );
  assert.equal(pointsOf('{ nodes(ids: ["x", "x"]) { id } }'), 2 + 2 * 3);
  assert.equal(pointsOf('{ conversations(first: 7) { edges { node { id } } } }'), 2 + 7 * (2 + 2 + 2 + 1));
  assert.equal(pointsOf('{ __schema { types { name fields { name } } } }'), 2, 'introspection does not depend on data');
});
