// Which field a caller without the right to read asks for: of the operation that is run, and of no other in the same document.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kind, parse } from 'graphql';
import { createSchema } from '../../../functions/api/schema.ts';
import { firstFieldRead } from '../../../functions/api/write-only.ts';

const schema = createSchema();

function fieldOf(source: string, name?: string): string | undefined {
  const document = parse(source);
  const operation = document.definitions.find(
    (each) => each.kind === Kind.OPERATION_DEFINITION && each.name?.value === name,
  );
  assert.ok(operation?.kind === Kind.OPERATION_DEFINITION);
  return firstFieldRead(schema, document, operation);
}

test('what another operation of the document reads, by a fragment of its own too, is not held against this one', () => {
  const write = (selection: string): string =>
    `mutation A($input: SendMessageInput!) { sendMessage(input: $input) { conversation { id ${selection} } } }`;
  const read = 'query B { node(id: "conv_1") { ...F } } fragment F on Conversation { title }';
  assert.equal(fieldOf(`${write('')} ${read}`, 'A'), undefined);
  assert.equal(fieldOf(`${write('...F')} ${read}`, 'A'), 'Conversation.title');
  assert.equal(fieldOf(`${write('')} ${read}`, 'B'), 'Conversation.title');
  assert.equal(fieldOf(write('').replace('mutation A', 'mutation')), undefined);
});
