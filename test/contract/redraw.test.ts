// Takes, redraws and replays over the API with the recorded functions: what is drawn, what stays, and where it comes from.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import sharp from 'sharp';
import { createClient } from '../../clients/ts/index.ts';
import { toFolded } from '../../clients/ts/reply-state.ts';
import type { DiffusionInput } from '../../core/function-contract.ts';
import { foldLog } from '../../infra/database/event-log.ts';
import { mediaKeys } from '../../infra/media/media-store.ts';
import { createApiWorld, type ApiWorld, type Fields } from '../harness/api-world.ts';
import { eventually } from '../harness/eventually.ts';
import { picture, pictureOf, picturesOf, readTexts, uuidOf } from '../harness/pictures.ts';
import { recordedDiffusion, recordedText } from '../recordings/recorded-function.ts';

let world: ApiWorld;
before(async () => (world = await createApiWorld()));
after(() => world[Symbol.asyncDispose]());

const { read, ended, redraw, replay, replayed } = picturesOf(() => world);

describe('takes', () => {
  test('are drawn with seeds that count up; the first stands in the text, none is thrown away', async () => {
    await using _worker = world.work();
    const last = (2n ** 64n - 1n).toString();
    const said = await world.say({ options: { image: { takes: 4, seed: last } } });
    const message = await ended(said.replyId);
    const { image, takes, index } = pictureOf(message) as { image: Fields; takes: Fields[]; index: number };
    assert.equal(index, 1);
    assert.deepEqual(
      takes.map(({ recipe }) => recipe.seed as string),
      [last, '0', '1', '2'],
    );
    assert.deepEqual(image['id'], takes[0]!['id']);
    assert.ok(takes.every(({ status, file }) => status === 'COMPLETED' && file));
    assert.equal(message['usage'].imageSteps, 48);
    const id = uuidOf(said.replyId);
    assert.deepEqual((await world.read(id)).parts, await foldLog(world.db, id), 'fold = query');
    await using client = createClient({ url: world.server.url });
    using live = await client.watch(said.replyId);
    assert.deepEqual(toFolded(live.state.parts)[1], {
      kind: 'image',
      imageId: image['id'] as string,
      takeIds: takes.map((take) => take['id'] as string),
    });
  });

  test('are followed by a client as they come, and another one is chosen by sending it', async () => {
    await using _worker = world.work();
    await using client = createClient({ url: world.server.url });
    using live = await client.send('a red fox', { options: { image: { takes: 3 } } });
    const { parts } = await live.finished();
    const part = parts[1]!;
    assert.ok(part.kind === 'image');
    assert.deepEqual(
      part.takes.map(({ status }) => status),
      ['COMPLETED', 'COMPLETED', 'COMPLETED'],
    );
    assert.deepEqual(part.image, part.takes[0]);
    const second = part.takes[1]!;
    const where = { conversationId: live.conversationId, options: { images: 'NEVER' } } as const;
    using next = await client.send([{ imageId: second.id }, { text: 'this one, please' }], where);
    assert.equal((await next.finished()).status, 'COMPLETED');
    const { message } = await world.ask(
      'query($id: ID!) { message(id: $id) { parent { parts { ... on ImagePart { image { id } takes { id } } } } } }',
      { id: next.id },
    );
    assert.deepEqual(message.parent.parts[0], { image: { id: second.id }, takes: [] });
  });

  test('one that fails or is cancelled leaves the others', async () => {
    const gate = Promise.withResolvers<void>();
    const diffusion = recordedDiffusion({
      before: async (position, input) => {
        if (input.seed === '8' && position === 2) await gate.promise;
      },
    });
    await using _worker = world.work({ diffusion });
    const said = await world.say({ options: { image: { takes: 2, seed: '7' } } });
    await eventually(async () => pictureOf(await read(said.replyId))['takes'][1]?.status === 'RUNNING');
    const { takes } = pictureOf(await read(said.replyId)) as { takes: Fields[] };
    await world.ask('mutation($id: ID!) { cancelImage(input: { imageId: $id }) { image { status } } }', {
      id: takes[1]!['id'],
    });
    gate.resolve();
    const message = await ended(said.replyId);
    assert.equal(message['status'], 'COMPLETED');
    assert.deepEqual(
      (pictureOf(message)['takes'] as Fields[]).map(({ status }) => status as string),
      ['COMPLETED', 'CANCELLED'],
    );
  });
});

describe('a redraw', () => {
  test('is an alternative with the same text and another picture; the first reply stays as it was', async () => {
    await using _worker = world.work();
    const said = await world.say();
    const before = await ended(said.replyId);
    const first = pictureOf(before)['image'] as Fields;
    const made = await redraw(first['id'] as string, {
      wish: 'a blue fox',
      options: { steps: 5, takes: 2, seed: '3' },
    });
    assert.deepEqual(made['userErrors'], []);
    const after = await ended(made['reply'].id as string);
    assert.equal(after['status'], 'COMPLETED');
    assert.deepEqual(
      (after['parts'] as Fields[]).map(({ text }) => (text ?? null) as string | null),
      [recordedText.before, null, recordedText.after],
    );
    const { image, takes } = pictureOf(after) as { image: Fields; takes: Fields[] };
    const { words, seed, steps, guidance } = image['recipe'] as Fields;
    assert.deepEqual(
      { words, seed, steps, guidance },
      { words: 'a blue fox', seed: '3', steps: 5, guidance: first['recipe'].guidance },
    );
    assert.deepEqual(
      takes.map(({ parent }) => parent.id as string),
      [first['id'], first['id']],
    );
    assert.equal(image['alt'], 'Picture drawn for: a blue fox');
    assert.deepEqual(after['alternatives'], [{ id: said.replyId }, { id: made['reply'].id }]);
    assert.deepEqual(after['parent'], { id: said.messageId });
    assert.equal(after['usage'].imageSteps, 10);
    assert.deepEqual({ ...(await read(said.replyId)), alternatives: [] }, { ...before, alternatives: [] });
    const id = uuidOf(made['reply'].id as string);
    assert.deepEqual((await world.read(id)).parts, await foldLog(world.db, id), 'fold = query');
    const { conversation } = await world.ask('query($id: ID!) { conversation(id: $id) { activeLeaf { id } } }', {
      id: said.conversationId,
    });
    assert.equal(conversation.activeLeaf.id, made['reply'].id);
    // and again, from the redraw
    const again = await ended((await redraw(image['id'] as string))['reply'].id as string);
    const third = pictureOf(again)['image'] as Fields;
    assert.equal(third['parent'].id, image['id']);
    assert.equal(third['recipe'].words, 'a blue fox');
    assert.notEqual(third['recipe'].seed, '3');
    assert.equal(again['alternatives'].length, 3);
  });

  test('runs as a reply does: QUEUED, RUNNING, cancelled; and the next turn waits for it', async () => {
    const said = await world.say();
    {
      await using _worker = world.work();
      await ended(said.replyId);
    }
    const imageId = pictureOf(await read(said.replyId))['image'].id as string;
    const waiting = (await redraw(imageId))['reply'] as Fields;
    assert.equal(waiting['status'], 'QUEUED');
    assert.match((await read(waiting['id'] as string))['activity'].phase as string, /QUEUED|WARMING/);
    const next = await world.say({ conversationId: said.conversationId, options: { images: 'NEVER' } });
    const reached = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    await using _worker = world.work({
      diffusion: recordedDiffusion({
        before: async (position) => {
          if (position !== 2) return;
          reached.resolve();
          await gate.promise;
        },
      }),
    });
    await reached.promise;
    const running = await read(waiting['id'] as string);
    assert.deepEqual([running['status'], running['activity'].phase], ['RUNNING', 'DRAWING']);
    assert.equal((await read(next.replyId))['status'], 'QUEUED');
    await world.ask('mutation($id: ID!) { cancelMessage(input: { messageId: $id }) { userErrors { code } } }', {
      id: waiting['id'],
    });
    const cancelled = await read(waiting['id'] as string);
    assert.equal(cancelled['status'], 'CANCELLED');
    assert.equal(pictureOf(cancelled)['image'].status, 'CANCELLED');
    assert.equal((await ended(next.replyId))['status'], 'COMPLETED');
    gate.resolve();
  });

  test('by the client is a live reply', async () => {
    await using _worker = world.work();
    await using client = createClient({ url: world.server.url });
    using first = await client.send('a red fox');
    const picture = (await first.finished()).parts[1]!;
    assert.ok(picture.kind === 'image');
    using second = await client.redraw(picture.image.id, { wish: 'a green fox' });
    const ending = await second.finished();
    const other = ending.parts[1]!;
    assert.ok(other.kind === 'image' && other.image.__typename === 'GeneratedImage');
    assert.deepEqual([other.image.recipe.words, other.image.status], ['a green fox', 'COMPLETED']);
    const played = await client.replay(other.image.id);
    assert.deepEqual([played.sameness, played.recipe.seed], ['EXACT', other.image.recipe.seed]);
  });

  test('asked for twice with one key is one', async () => {
    await using _worker = world.work();
    const imageId = pictureOf(await ended((await world.say()).replyId))['image'].id as string;
    const idempotencyKey = randomUUID();
    const [first, second] = await Promise.all([
      redraw(imageId, { idempotencyKey }),
      redraw(imageId, { idempotencyKey }),
    ]);
    assert.equal(first['reply'].id, second['reply'].id);
    assert.equal((await redraw(imageId, { idempotencyKey, wish: 'x' }))['userErrors'][0].code, 'IDEMPOTENCY_MISMATCH');
  });
});

describe('a replay', () => {
  /** Changes every pixel by at most `by`. */
  const blurred = (by: number) => {
    const diffusion = recordedDiffusion();
    return {
      ...diffusion,
      run: (input: DiffusionInput, emit: Parameters<typeof diffusion.run>[1], signal: AbortSignal) =>
        diffusion.run(
          input,
          (event) => {
            if (event.type !== 'pixels') return emit(event);
            const rgb = Buffer.from(event.rgb, 'base64').map((value, i) =>
              i % 2 === 0 ? Math.min(255, value + by) : value,
            );
            emit({ ...event, rgb: Buffer.from(rgb).toString('base64') });
          },
          signal,
        ),
    };
  };

  test('is EXACT where the pixels are the same, NEAR from 40 dB, DIFFERENT below, and in no message', async () => {
    const said = await world.say({ options: { image: { seed: '1193046' } } });
    {
      await using _worker = world.work();
      await ended(said.replyId);
    }
    const original = pictureOf(await read(said.replyId))['image'] as Fields;
    for (const [by, sameness] of [
      [0, 'EXACT'],
      [1, 'NEAR'],
      [40, 'DIFFERENT'],
    ] as const) {
      await using _worker = world.work({ diffusion: blurred(by) });
      const image = await replayed(original['id'] as string);
      assert.equal(image['sameness'], sameness);
      assert.deepEqual(image['replayOf'], { id: original['id'] });
      assert.deepEqual({ ...image['recipe'] }, { ...original['recipe'] });
    }
    const { conversation } = await world.ask(
      'query($id: ID!) { conversation(id: $id) { images(first: 10) { edges { node { id } } } messages(first: 10) { edges { node { id } } } } }',
      { id: said.conversationId },
    );
    assert.deepEqual([conversation.images.edges.length, conversation.messages.edges.length], [1, 2]);
    assert.deepEqual(pictureOf(await read(said.replyId))['image'], original, 'what it repeats does not change');
  });

  test('that never ends is cancelled by its own id; one whose worker is lost fails for good', async () => {
    const said = await world.say();
    {
      await using _worker = world.work();
      await ended(said.replyId);
    }
    const imageId = pictureOf(await read(said.replyId))['image'].id as string;
    const made = await replay(imageId);
    const { cancelImage } = await world.ask(
      'mutation($id: ID!) { cancelImage(input: { imageId: $id }) { image { status } userErrors { code } } }',
      { id: made['image'].id },
    );
    assert.deepEqual(cancelImage, { image: { status: 'CANCELLED' }, userErrors: [] });
    await using _worker = world.work({
      diffusion: recordedDiffusion({
        before: () => {
          throw new Error('the device fell off the bus');
        },
      }),
    });
    const failed = await replayed(imageId);
    assert.deepEqual([failed['status'], failed['sameness']], ['FAILED', null]);
  });

  test('goes with the conversation of what it repeats', async () => {
    await using _worker = world.work();
    const said = await world.say();
    const imageId = pictureOf(await ended(said.replyId))['image'].id as string;
    const image = await replayed(imageId);
    await world.ask(
      'mutation($id: ID!) { deleteConversation(input: { conversationId: $id }) { userErrors { code } } }',
      { id: said.conversationId },
    );
    assert.equal((await world.ask(picture, { id: image['id'] }))['image'], null);
    const id = uuidOf(image['id'] as string);
    await eventually(
      async () => (await world.db.selectFrom('image').select('id').where('id', '=', id).execute()).length === 0,
    );
    assert.ok(!world.media.files.has(mediaKeys.picture(id, 1)));
  });
});

test('the PNG carries its recipe, and its pixels are those of a PNG without it', async () => {
  await using _worker = world.work();
  const said = await world.say({ parts: [{ text: 'ein roter Fuchs 🦊' }] });
  const image = pictureOf(await ended(said.replyId))['image'] as Fields;
  const png = Buffer.from(world.media.files.get(mediaKeys.picture(uuidOf(image['id'] as string), 1))!);
  const texts = Object.fromEntries(readTexts(png));
  assert.equal(texts['Software'], 'gill-server');
  const recipe = JSON.parse(texts['gill-recipe']!) as Fields;
  assert.deepEqual(
    [recipe['words'], recipe['seed'], recipe['conditioning'], recipe['conditioningDigest']],
    ['ein roter Fuchs 🦊', image['recipe'].seed, 'TEXT', image['recipe'].conditioningDigest],
  );
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  assert.equal(data.length, info.width * info.height * 3);
});
