// One conversation over each door: send, watch, query, reword, regenerate, cancel, delete. What a client folds is what it
// can query, on every door alike.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { foldEvent, type FoldedPart } from '../../../core/message-event.ts';
import { recordedDiffusion, recordedLlm, recordedText } from '../../recordings/recorded-function.ts';
import { createApiWorld, eventOf, messageEvents, readAll, type ApiWorld } from '../../harness/api-world.ts';
import type { Received } from '../../harness/doors.ts';

let world: ApiWorld;
before(async () => (world = await createApiWorld()));
after(() => world[Symbol.asyncDispose]());

const partsQuery = `query($id: ID!) { message(id: $id) { parts { index ... on TextPart { text } ... on ImagePart { image { id } } }
  ... on AssistantMessage { status cursor activity { phase } usage { promptTokens outputTokens imageSteps queueMs } failure { code } } } }`;

/** Applies the same fold a client applies, to what came over the wire. */
function fold(events: readonly Received[], start: readonly FoldedPart[] = []): FoldedPart[] {
  let parts = [...start];
  for (const event of events.map(eventOf)) {
    if (event['__typename'] === 'TextEvent')
      parts = foldEvent(parts, {
        type: 'text',
        partIndex: event['partIndex'] as number,
        offset: event['offset'] as number,
        text: event['text'] as string,
      });
    if (event['__typename'] === 'ImageEvent')
      parts = foldEvent(parts, {
        type: 'image',
        partIndex: event['part'].index as number,
        imageId: event['part'].image.id as string,
        takeIds: [],
      });
  }
  return parts;
}

const shown = (parts: readonly FoldedPart[]): object[] =>
  parts.map((part, index) =>
    part.kind === 'text' ? { index, text: part.text } : { index, image: { id: part.imageId } },
  );

for (const door of ['websocket', 'sse'] as const) {
  describe(`a reply over ${door}`, () => {
    const subscribe = (variables: object, headers?: Record<string, string>) =>
      world.doors.find(({ name }) => name === door)!.subscribe!({
        query: messageEvents,
        variables: { ...variables },
        headers,
      });

    test('arrives as events whose fold is what the query returns', async () => {
      // drawing waits until its progress was seen: progress is state, and a picture that is done has none
      const seen = Promise.withResolvers<undefined>();
      const diffusion = recordedDiffusion({ before: (position) => (position === 8 ? seen.promise : undefined) });
      await using _worker = world.work({ diffusion });
      const { replyId } = await world.say();
      await using stream = subscribe({ messageId: replyId });
      const events: Received[] = [];
      for (let event = await stream.next(); event; event = await stream.next()) {
        events.push(event);
        if (eventOf(event)['__typename'] === 'ImageProgressEvent') seen.resolve(undefined);
      }
      const { message } = await world.ask(partsQuery, { id: replyId });
      assert.equal(message.status, 'COMPLETED');
      assert.deepEqual(shown(fold(events)), message.parts);
      assert.equal(message.parts[0].text + message.parts[2].text, recordedText.before + recordedText.after);
      const last = eventOf(events.at(-1));
      assert.equal(last['__typename'], 'MessageDoneEvent');
      assert.deepEqual(last['message'].parts, message.parts);
      assert.equal(last['cursor'], message.cursor);
      assert.equal(message.activity, null);
      assert.equal(message.usage.imageSteps, 12);
      const kinds = new Set(events.map((event) => eventOf(event)['__typename'] as string));
      for (const kind of ['TextEvent', 'ImageEvent', 'ImageDoneEvent', 'ImageProgressEvent'])
        assert.ok(kinds.has(kind), `no ${kind} among ${[...kinds].join()}`);
      if (door === 'sse') assert.ok(events.every((event) => event.id === eventOf(event)['cursor']));
    });

    test('resumes after a cut at any event, without loss or repetition', async () => {
      await using _worker = world.work();
      const { replyId } = await world.say();
      await using whole = subscribe({ messageId: replyId });
      const all = await readAll(whole);
      const logged = all.filter((event) => !/Activity|Progress/.test(eventOf(event)['__typename'] as string));
      for (let cut = 1; cut < logged.length; cut++) {
        const cursor = eventOf(logged[cut - 1])['cursor'] as string;
        await using rest = subscribe({ messageId: replyId, after: cursor });
        const events = await readAll(rest);
        assert.deepEqual(events.map(eventOf), logged.slice(cut).map(eventOf), `cut after event ${cut}`);
      }
    });

    test('keeps its events in order while the socket is cut at random moments', async () => {
      const gate = Promise.withResolvers<undefined>();
      await using _worker = world.work({
        llm: recordedLlm({ before: (position) => (position === 8 ? gate.promise.then(() => undefined) : undefined) }),
      });
      const { replyId } = await world.say();
      let parts: FoldedPart[] = [];
      let cursor: string | undefined;
      for (let events = 1; ; events = 1 + (events % 3)) {
        await using stream = subscribe({ messageId: replyId, after: cursor ?? null });
        let event: Received | undefined;
        for (let i = 0; i < events; i++) {
          event = await stream.next();
          if (!event) break;
          parts = fold([event], parts);
          cursor = eventOf(event)['cursor'] as string;
        }
        stream.cut();
        gate.resolve(undefined);
        if (event && eventOf(event)['__typename'] === 'MessageDoneEvent') break;
      }
      const { message } = await world.ask(partsQuery, { id: replyId });
      assert.deepEqual(shown(parts), message.parts);
    });

    test('query in the middle, then subscribe after its cursor: nothing is missed or doubled', async () => {
      const reached = Promise.withResolvers<undefined>();
      const gate = Promise.withResolvers<undefined>();
      await using _worker = world.work({
        llm: recordedLlm({
          before: async (position) => {
            if (position !== 6) return;
            reached.resolve(undefined);
            await gate.promise;
          },
        }),
      });
      const { replyId } = await world.say();
      await reached.promise;
      const { message: half } = await world.ask(partsQuery, { id: replyId });
      assert.equal(half.status, 'RUNNING');
      const start = half.parts.map(({ text }: { text: string }) => ({ kind: 'text' as const, text }));
      await using stream = subscribe({ messageId: replyId, after: half.cursor });
      gate.resolve(undefined);
      const events = await readAll(stream);
      const { message } = await world.ask(partsQuery, { id: replyId });
      assert.deepEqual(shown(fold(events, start)), message.parts);
    });

    test('a finished message is told once more how it ended, and so is one whose log is gone', async () => {
      await using _worker = world.work();
      const { replyId } = await world.say();
      await using first = subscribe({ messageId: replyId });
      const done = eventOf((await readAll(first)).at(-1));
      await using again = subscribe({ messageId: replyId, after: done['cursor'] });
      assert.deepEqual((await readAll(again)).map(eventOf), [done]);
      await world.hands.deleteFrom('event').execute();
      await using late = subscribe({ messageId: replyId });
      const [only, ...more] = (await readAll(late)).map(eventOf);
      assert.deepEqual(more, []);
      assert.deepEqual(only!['message'], done['message']);
    });

    test('a cancelled reply ends its stream at once and keeps its text', async () => {
      const reached = Promise.withResolvers<undefined>();
      await using _worker = world.work({
        llm: recordedLlm({
          before: async (position, _, signal) => {
            if (position !== 5) return;
            reached.resolve(undefined);
            await new Promise((_resolve, reject) =>
              signal.addEventListener('abort', () => reject(signal.reason as Error)),
            );
          },
        }),
      });
      const { replyId } = await world.say();
      await using stream = subscribe({ messageId: replyId });
      await reached.promise;
      for (let text = ''; text !== 'Here is a red';)
        text += (eventOf(await stream.next())['text'] as string | undefined) ?? '';
      const { cancelMessage } = await world.ask(
        'mutation($id: ID!) { cancelMessage(input: { messageId: $id }) { message { status } userErrors { code } } }',
        { id: replyId },
      );
      assert.deepEqual(cancelMessage, { message: { status: 'CANCELLED' }, userErrors: [] });
      const last = eventOf((await readAll(stream)).at(-1));
      assert.equal(last['message'].status, 'CANCELLED');
      assert.equal(last['message'].parts[0].text, 'Here is a red');
    });

    test('deleting the conversation ends the stream with a reason', async () => {
      const { replyId, conversationId } = await world.say();
      await using stream = subscribe({ messageId: replyId });
      await stream.next();
      const { deleteConversation } = await world.ask(
        'mutation($id: ID!) { deleteConversation(input: { conversationId: $id }) { deletedConversationId userErrors { code } } }',
        { id: conversationId },
      );
      assert.equal(deleteConversation.deletedConversationId, conversationId);
      const last = (await readAll(stream)).at(-1);
      assert.equal(last?.errors?.[0]?.extensions.code, 'NOT_FOUND');
      const { message, conversation } = await world.ask(
        'query($m: ID!, $c: ID!) { message(id: $m) { id } conversation(id: $c) { id } }',
        { m: replyId, c: conversationId },
      );
      assert.deepEqual([message, conversation], [null, null]);
    });
  });
}

test('a waiting reply is told its place and that no worker is there', async () => {
  await using stream = world.doors[1]!.subscribe!({
    query: messageEvents,
    variables: { messageId: (await world.say()).replyId },
  });
  // workers of tests before count for the second that their reports are kept
  for (let phase = ''; phase !== 'WARMING';) {
    const event = eventOf(await stream.next());
    assert.equal(event['__typename'], 'ActivityEvent');
    phase = event['activity'].phase as string;
  }
});

test('imageEvents shows one picture until it has ended; conversationEvents hints at what came', async () => {
  const { conversationId, replyId } = await world.say();
  await using hints = world.doors[1]!.subscribe!({
    query: `subscription($id: ID!) { conversationEvents(conversationId: $id) { __typename conversationId
      ... on MessageAddedEvent { message { id } } ... on MessageEndedEvent { message { id status } } } }`,
    variables: { id: conversationId },
  });
  const hint = hints.next();
  {
    await using _worker = world.work();
    await using events = world.doors[2]!.subscribe!({ query: messageEvents, variables: { messageId: replyId } });
    const all = (await readAll(events)).map(eventOf);
    const imageId = all.find((event) => event['__typename'] === 'ImageEvent')!['part'].image.id as string;
    await using image = world.doors[1]!.subscribe!({
      query: 'subscription($id: ID!) { imageEvents(imageId: $id) { id status file { url } } }',
      variables: { id: imageId },
    });
    const last = (await readAll(image)).at(-1)!.data as { imageEvents: { status: string; file: { url: string } } };
    assert.equal(last.imageEvents.status, 'COMPLETED');
    assert.match(last.imageEvents.file.url, /^http/);
  }
  assert.deepEqual((await hint)?.data, {
    conversationEvents: {
      __typename: 'MessageEndedEvent',
      conversationId,
      message: { id: replyId, status: 'COMPLETED' },
    },
  });
});

test('branches: another wording, another answer, an older place; alternatives are listed oldest first', async () => {
  await using _worker = world.work();
  const first = await world.say();
  const reworded = await world.say({ conversationId: first.conversationId, replacesId: first.messageId });
  const { regenerateMessage } = await world.ask(
    'mutation($input: RegenerateMessageInput!) { regenerateMessage(input: $input) { reply { id parent { id } } userErrors { code message } } }',
    { input: { messageId: first.replyId, idempotencyKey: randomUUID() } },
  );
  assert.equal(regenerateMessage.reply.parent.id, first.messageId);
  const data = await world.ask(
    `query($c: ID!, $m: ID!, $r: ID!) {
      conversation(id: $c) { title activeLeaf { id } messages(first: 10) { edges { node { id } } pageInfo { hasNextPage } }
        other: messages(leafId: $r, last: 1) { edges { node { id } } pageInfo { hasPreviousPage } } }
      message(id: $m) { alternatives { id } }
      reply: message(id: $r) { alternatives { id } } }`,
    { c: first.conversationId, m: first.messageId, r: first.replyId },
  );
  assert.equal(data['conversation'].title, 'a red fox');
  assert.deepEqual(data['message'].alternatives, [{ id: first.messageId }, { id: reworded.messageId }]);
  assert.deepEqual(data['reply'].alternatives, [{ id: first.replyId }, { id: regenerateMessage.reply.id }]);
  assert.equal(data['conversation'].activeLeaf.id, regenerateMessage.reply.id);
  assert.deepEqual(data['conversation'].other, {
    edges: [{ node: { id: first.replyId } }],
    pageInfo: { hasPreviousPage: true },
  });
});

test('the same key is the same message, eight times at once; with another input it is refused', async () => {
  const input = { parts: [{ text: 'once' }], idempotencyKey: randomUUID() };
  const sent = await Promise.all(Array.from({ length: 8 }, () => world.say(input)));
  assert.equal(new Set(sent.map(({ replyId }) => replyId)).size, 1);
  const { sendMessage } = await world.ask(
    'mutation($input: SendMessageInput!) { sendMessage(input: $input) { message { id } userErrors { code path } } }',
    { input: { ...input, parts: [{ text: 'twice' }] } },
  );
  assert.deepEqual(sendMessage, {
    message: null,
    userErrors: [{ code: 'IDEMPOTENCY_MISMATCH', path: ['idempotencyKey'] }],
  });
});

test('a key whose message was deleted since makes nothing, and says so', async () => {
  const input = { parts: [{ text: 'gone' }], idempotencyKey: randomUUID() };
  const { conversationId } = await world.say(input);
  await world.ask('mutation($id: ID!) { deleteConversation(input: { conversationId: $id }) { userErrors { code } } }', {
    id: conversationId,
  });
  const { sendMessage } = await world.ask(
    'mutation($input: SendMessageInput!) { sendMessage(input: $input) { conversation { id } reply { id } userErrors { code message path } } }',
    { input },
  );
  assert.deepEqual([sendMessage.conversation, sendMessage.reply], [null, null]);
  const [error] = sendMessage.userErrors as { code: string; message: string; path: string[] }[];
  assert.deepEqual([error?.code, error?.path], ['NOT_FOUND', ['idempotencyKey']]);
  assert.match(error?.message ?? '', /deleted since.*new key/);
});
