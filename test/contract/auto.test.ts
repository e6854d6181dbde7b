// AUTO, and drawing from what the language function mapped, over the public API and behind a recorded function that has a
// gate and a mapper: what is decided, stored, shown and given to the picture function, and what the next turn is told.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { DiffusionInput, LlmInput, ModelCard } from '../../core/function-contract.ts';
import { createApiWorld, eventOf, messageEvents, readAll, type ApiWorld, type Fields } from '../harness/api-world.ts';
import { eventually } from '../harness/eventually.ts';
import { recordedCard, recordedDiffusion, recordedLlm, recordedText } from '../recordings/recorded-function.ts';

const able: ModelCard = { ...recordedCard, decidesPictures: true, mapsPictures: true };
const conditioning = { shape: [1, 2], fp16: Buffer.from(new Float16Array([0.5, -2]).buffer).toString('base64') };

let world: ApiWorld;
before(async () => (world = await createApiWorld()));
after(() => world[Symbol.asyncDispose]());

/** What a world's functions were given. */
interface Watched extends AsyncDisposable {
  readonly asked: LlmInput[];
  readonly drawn: DiffusionInput[];
}

async function work(gateLogit: number, modelCard = able): Promise<Watched> {
  const asked: LlmInput[] = [];
  const drawn: DiffusionInput[] = [];
  const note =
    <T>(list: T[]) =>
    (position: number, input: T): void => {
      if (position === 0) list.push(input);
    };
  const worker = world.work({
    llm: recordedLlm({ gateLogit, image: { conditioning }, before: note(asked) }),
    diffusion: recordedDiffusion({ before: note(drawn) }),
    modelCard: () => modelCard,
    times: { reportMs: 20 },
  });
  // the API knows a model by what its workers report, and asks once a second
  await eventually(async () => {
    const { capabilities } = await world.ask('{ capabilities { imagePolicies } }');
    return capabilities.imagePolicies.includes('AUTO') === (modelCard.decidesPictures === true);
  });
  return { asked, drawn, [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose]() };
}

const reply = `... on AssistantMessage { status pictureProbability parts { ... on TextPart { text } ... on ImagePart {
  decision { choice decidedBy pictureProbability } takes { id }
  image { id ... on GeneratedImage { status recipe { conditioning words seed conditioningDigest } } } } } }`;

async function answer(options?: Fields, more: Fields = {}) {
  const said = await world.say({ ...more, ...(options && { options }) });
  const door = world.doors.find(({ subscribe }) => subscribe)!;
  await using stream = door.subscribe!({ query: messageEvents, variables: { messageId: said.replyId } });
  const events = (await readAll(stream)).map(eventOf);
  const { message } = await world.ask(`query($id: ID!) { message(id: $id) { ${reply} } }`, { id: said.replyId });
  assert.equal(message.status, 'COMPLETED');
  const picture = (message.parts as Fields[]).find((part) => part['image']);
  return { ...said, events, message: message as Fields, picture };
}

/** Sends what is refused. @returns its one error */
async function refusal(options: Fields, parts: Fields[] = [{ text: 'a red fox' }]): Promise<Fields> {
  const idempotencyKey = crypto.randomUUID();
  const { sendMessage } = await world.ask(
    'mutation($input: SendMessageInput!) { sendMessage(input: $input) { reply { id } userErrors { code message path } } }',
    { input: { parts, options, idempotencyKey } },
  );
  assert.equal(sendMessage.reply, null);
  return sendMessage.userErrors[0] as Fields;
}

const probability = (logit: number): number => 1 / (1 + Math.exp(-logit));

describe('a gate', () => {
  test('that says yes is the default: its probability stands with the part, the message, and the event', async () => {
    await using worker = await work(2);
    const { message, picture, events } = await answer();
    assert.equal(worker.asked[0]!.options.images, 'AUTO');
    assert.equal(message['pictureProbability'], probability(2));
    assert.deepEqual(picture!['decision'], { choice: 'DRAW', decidedBy: 'POLICY', pictureProbability: probability(2) });
    assert.ok(events.some((event) => event['__typename'] === 'ImageEvent'));
  });

  test('that says no shows nothing and announces nothing; why is told by the message', async () => {
    await using worker = await work(-2);
    const { message, events } = await answer();
    assert.deepEqual(message['parts'], [{ text: recordedText.before + recordedText.after }]);
    assert.equal(message['pictureProbability'], probability(-2));
    assert.ok(!events.some((event) => /Image/.test(event['__typename'] as string)));
    assert.equal(worker.drawn.length, 0);
  });

  test('is moved both ways by imageBias, and overridden by ALWAYS and NEVER', async () => {
    {
      await using _worker = await work(-1);
      assert.ok((await answer({ imageBias: 1.5 })).picture);
      const always = await answer({ images: 'ALWAYS' });
      assert.equal(always.message['pictureProbability'], null);
      assert.equal(always.picture!['decision'], null);
      assert.equal((await answer({ images: 'DRAW_ONLY' })).picture, undefined);
    }
    await using _worker = await work(1);
    const no = await answer({ imageBias: -1.5 });
    assert.equal(no.picture, undefined);
    assert.equal(no.message['pictureProbability'], probability(-0.5));
    assert.equal((await answer({ images: 'NEVER' })).picture, undefined);
    const drawn = await answer({ images: 'DRAW_ONLY' });
    assert.deepEqual(drawn.picture!['decision'], {
      choice: 'DRAW',
      decidedBy: 'VIEWER',
      pictureProbability: probability(1),
    });
  });

  test('that is not there refuses what needs it, and ALWAYS is the default', async () => {
    await using worker = await work(-9, recordedCard);
    const { capabilities } = await world.ask('{ capabilities { imagePolicies conditionings } }');
    assert.deepEqual(capabilities, { imagePolicies: ['ALWAYS', 'NEVER'], conditionings: ['TEXT'] });
    for (const images of ['AUTO', 'DRAW_ONLY']) {
      const error = await refusal({ images });
      assert.deepEqual([error['code'], error['path']], ['INVALID', ['options', 'images']]);
      assert.match(error['message'] as string, /takes ALWAYS or NEVER/);
    }
    const error = await refusal({ image: { conditioning: 'GILL' } });
    assert.deepEqual(error['path'], ['options', 'image', 'conditioning']);
    assert.ok((await answer()).picture);
    assert.equal(worker.asked[0]!.options.images, 'ALWAYS');
  });
});

describe('what was mapped', () => {
  test('is what every take is drawn from, by default; TEXT is chosen for a message', async () => {
    await using worker = await work(3);
    const { picture } = await answer({ image: { takes: 2, seed: '5' } });
    assert.equal(picture!['image'].recipe.conditioning, 'GILL');
    assert.deepEqual(
      worker.drawn.map((input) => [input.conditioning, input.seed]).toSorted(),
      ['5', '6'].map((seed) => [{ kind: 'GILL', tensor: conditioning }, seed]),
    );
    const text = await answer({ image: { conditioning: 'TEXT' } });
    assert.equal(text.picture!['image'].recipe.conditioning, 'TEXT');
    assert.deepEqual(worker.drawn.at(-1)!.conditioning, { kind: 'TEXT', text: 'a red fox' });
  });

  test('is chosen for a picture as well: a redraw takes TEXT, other words cannot be GILL', async () => {
    await using worker = await work(3);
    const { picture } = await answer();
    const redraw = async (change: Fields): Promise<Fields> => {
      const input = { imageId: picture!['image'].id, idempotencyKey: crypto.randomUUID(), ...change };
      const query =
        'mutation($input: RedrawImageInput!) { redrawImage(input: $input) { reply { id } userErrors { message path } } }';
      return (await world.ask(query, { input }))['redrawImage'] as Fields;
    };
    const finished = async ({ reply: made }: Fields): Promise<void> =>
      eventually(async () => {
        const { message } = await world.ask(`query($id: ID!) { message(id: $id) { ${reply} } }`, { id: made.id });
        return message.status === 'COMPLETED';
      });
    await finished(await redraw({ options: { seed: '8' } }));
    assert.deepEqual(worker.drawn.at(-1)!.conditioning, { kind: 'GILL', tensor: conditioning });
    await finished(await redraw({ options: { conditioning: 'TEXT' } }));
    assert.deepEqual(worker.drawn.at(-1)!.conditioning, { kind: 'TEXT', text: 'a red fox' });
    const { userErrors } = await redraw({ wish: 'a blue fox', options: { conditioning: 'GILL' } });
    assert.match(userErrors[0].message as string, /never read in the dialogue/);
  });

  test('stays when the reply lost its worker behind the announcement', async () => {
    const held = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const inputs: LlmInput[] = [];
    const drawn: DiffusionInput[] = [];
    await (await work(3))[Symbol.asyncDispose](); // the API knows the model
    const { replyId } = await world.say();
    {
      await using _dead = world.work({
        llm: recordedLlm({
          gateLogit: 3,
          image: { conditioning },
          before: async (position) => {
            if (position !== 12) return;
            reached.resolve();
            await held.promise;
          },
        }),
        slots: { reply: 1, image: 0 },
        times: { fenceCheckMs: 1_000_000 },
      });
      await reached.promise;
      // said is not yet written
      await eventually(async () => {
        const { message } = await world.ask(`query($id: ID!) { message(id: $id) { ${reply} } }`, { id: replyId });
        return (message.parts as Fields[]).some((part) => part['image']);
      });
      const { fence } = await world.db
        .selectFrom('job')
        .select('fence')
        .where('kind', '=', 'reply')
        .where('state', '=', 'running')
        .executeTakeFirstOrThrow();
      await using _next = world.work({
        llm: recordedLlm({
          gateLogit: 3,
          image: { conditioning: { ...conditioning, fp16: 'AAAAAA==' } },
          before: (position, input) => {
            if (position === 0) inputs.push(input);
          },
        }),
        diffusion: recordedDiffusion({
          before: (position, input) => {
            if (position === 0) drawn.push(input);
          },
        }),
        modelCard: () => able,
      });
      await eventually(async () => {
        await world.hands
          .updateTable('job')
          .set({ lease_until: new Date(0) })
          .where('fence', '=', fence)
          .execute();
        const { message } = await world.ask(`query($id: ID!) { message(id: $id) { ${reply} } }`, { id: replyId });
        return message.status === 'COMPLETED';
      });
      held.resolve();
    }
    const { forcedText } = inputs.at(-1)!;
    assert.equal(forcedText?.imagesAnnounced, 1);
    assert.deepEqual(drawn.map((input) => input.conditioning), [{ kind: 'GILL', tensor: conditioning }]); // prettier-ignore
  });
});

describe('the next turn', () => {
  test('is told of the picture at its place, and of nothing where none was finished', async () => {
    await using worker = await work(3);
    const { conversationId } = await answer();
    await answer({ images: 'NEVER' }, { conversationId, parts: [{ text: 'and now?' }] });
    const shown = [
      { kind: 'text', text: recordedText.before },
      { kind: 'image', produced: true },
      { kind: 'text', text: recordedText.after },
    ];
    assert.deepEqual(worker.asked.at(-1)!.turns[1], { role: 'assistant', parts: shown });
    await world.hands.updateTable('image').set({ status: 'FAILED' }).where('kind', 'is not', null).execute();
    await answer({ images: 'NEVER' }, { conversationId, parts: [{ text: 'and now?' }] });
    assert.deepEqual(worker.asked.at(-1)!.turns[1]!.parts, [shown[0], shown[2]]);
  });

  test('needs no words where a picture is drawn from the dialogue, and some where it is drawn from words', async () => {
    await using worker = await work(3);
    const { conversationId, picture } = await answer();
    const parts = [{ imageId: picture!['image'].id }];
    const without = await answer(undefined, { conversationId, parts });
    assert.equal(without.picture!['image'].recipe.words, '');
    assert.deepEqual(worker.drawn.at(-1)!.conditioning, { kind: 'GILL', tensor: conditioning });
    const error = await refusal({ images: 'AUTO', image: { conditioning: 'TEXT' } }, parts);
    assert.match(error['message'] as string, /drawn from the words/);
  });
});
