// A reply from job to terminal message, with the recorded functions: what a worker writes, and what it must not.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AppError } from '../../../core/app-error.ts';
import { readEvents } from '../../../infra/database/event-log.ts';
import { cancelImage, cancelMessage } from '../../../infra/database/cancel.ts';
import { deleteConversation } from '../../../infra/database/conversations.ts';
import { foldEvent, type FoldedPart } from '../../../core/message-event.ts';
import { eventually } from '../../harness/eventually.ts';
import { createWorld, replyOptions, type World } from '../../harness/world.ts';
import { recordedDiffusion, recordedLlm, recordedText } from '../../recordings/recorded-function.ts';

let world: World;
before(async () => {
  world = await createWorld();
});
after(() => world[Symbol.asyncDispose]());

const ended = async (id: string): Promise<boolean> => !['QUEUED', 'RUNNING'].includes((await world.read(id)).status);

async function foldOf(messageId: string): Promise<FoldedPart[]> {
  const events = await readEvents(world.db, messageId, 0, 10_000);
  assert.deepEqual(
    events.map((event) => event.n),
    events.map((_, i) => i + 1),
    'the log has a gap',
  );
  return events.reduce<FoldedPart[]>((parts, event) => foldEvent(parts, event.body), []);
}

/** A promise with its handle: holds a recorded function at a point. */
function gate(): {
  readonly open: () => void;
  readonly opened: Promise<void>;
  readonly reached: Promise<void>;
  readonly reach: () => void;
} {
  const opened = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  return { open: opened.resolve, opened: opened.promise, reached: reached.promise, reach: reached.resolve };
}

describe('a reply', () => {
  test('holds text, picture, text; its fold is its rows; its files lie in the store', async () => {
    await using _worker = world.work();
    const { replyId } = await world.send();
    await eventually(() => ended(replyId));
    const reply = await world.read(replyId);
    assert.equal(reply.status, 'COMPLETED');
    const [first, picture, second] = reply.parts;
    assert.deepEqual(first, { kind: 'text', text: recordedText.before });
    assert.deepEqual(second, { kind: 'text', text: recordedText.after });
    assert.equal(picture?.kind, 'image');
    assert.deepEqual(await foldOf(replyId), reply.parts);
    assert.equal(reply.usage?.imageSteps, 4);

    const image = await world.drawn(picture.imageId);
    assert.equal(image.status, 'COMPLETED');
    assert.equal(image.width, 16);
    assert.equal(world.media.files.get(image.fileKey!)?.length, image.byteSize);
    assert.ok(world.media.files.has(image.thumbnailKey!));
    assert.ok(image.placeholder && image.sha256);
    assert.equal(image.recipe.conditioningDigest, '0'.repeat(64));
    assert.equal(image.recipe.executionProvider, 'cpu', 'the recipe does not say what the function said it ran on');
  });

  test('text goes on while its picture is drawn, and the message ends with the later of the two', async () => {
    const drawing = gate();
    const diffusion = recordedDiffusion({
      before: async (position) => {
        if (position !== 2) return;
        drawing.reach();
        await drawing.opened;
      },
    });
    await using _worker = world.work({ diffusion });
    const { replyId } = await world.send();
    await drawing.reached;
    await eventually(async () => (await world.read(replyId)).parts.length === 3);
    assert.equal((await world.read(replyId)).status, 'RUNNING');
    drawing.open();
    await eventually(() => ended(replyId));
    assert.equal((await world.read(replyId)).status, 'COMPLETED');
  });

  test('without pictures is one text and starts no picture job', async () => {
    await using _worker = world.work();
    const { replyId } = await world.send({ options: { ...replyOptions, images: 'NEVER' } });
    await eventually(() => ended(replyId));
    assert.deepEqual((await world.read(replyId)).parts, [
      { kind: 'text', text: recordedText.before + recordedText.after },
    ]);
    const images = await world.db.selectFrom('image').where('message_id', '=', replyId).selectAll().execute();
    assert.equal(images.length, 0);
  });
});

describe('an interrupted reply', () => {
  for (const at of [2, 9, 10, 11, 13]) {
    test(`goes on behind what it wrote when its worker vanishes at event ${at}`, async () => {
      const held = gate();
      const { replyId } = await world.send();
      {
        // this worker stops dead at an event: its lease runs out while it still believes in it
        await using _dead = world.work({
          llm: recordedLlm({
            before: async (position) => {
              if (position !== at) return;
              held.reach();
              await held.opened;
            },
          }),
          slots: { reply: 1, image: 0 },
          times: { fenceCheckMs: 1_000_000, pollMs: 50 },
        });
        await held.reached;
        const { fence } = await world.db
          .selectFrom('job')
          .select('fence')
          .where('message_id', '=', replyId)
          .where('kind', '=', 'reply')
          .executeTakeFirstOrThrow();
        await using _next = world.work();
        await eventually(async () => {
          // a write that was still under way may have renewed the lease
          await world.hands
            .updateTable('job')
            .set({ lease_until: new Date(0) })
            .where('fence', '=', fence)
            .execute();
          return ended(replyId);
        });
        held.open();
      }
      const reply = await world.read(replyId);
      assert.equal(reply.status, 'COMPLETED');
      const texts = reply.parts.filter((part) => part.kind === 'text').map((part) => part.text);
      assert.deepEqual(texts, [recordedText.before, recordedText.after], 'a word was lost or repeated');
      assert.equal(reply.parts.filter((part) => part.kind === 'image').length, 1, 'the picture was drawn twice');
      assert.deepEqual(await foldOf(replyId), reply.parts, 'the zombie wrote after its fence was lost');
    });
  }

  test('is handed back when its worker stops in order, and the attempt is not counted', async () => {
    const held = gate();
    const { replyId } = await world.send();
    {
      await using _stopped = world.work({
        llm: recordedLlm({
          before: async (position) => {
            if (position !== 5) return;
            held.reach();
            await held.opened;
          },
        }),
      });
      await held.reached;
    }
    const job = await world.db
      .selectFrom('job')
      .select(['state', 'attempt', 'fence'])
      .where('message_id', '=', replyId)
      .executeTakeFirstOrThrow();
    assert.deepEqual(job, { state: 'queued', attempt: 0, fence: null });
    await using _next = world.work();
    await eventually(() => ended(replyId));
    assert.equal((await world.read(replyId)).status, 'COMPLETED');
  });

  test('fails for good after five attempts, and says so', async () => {
    await using _worker = world.work({
      llm: recordedLlm({
        before: (position) => {
          if (position === 3) throw new Error('the device fell off the bus');
        },
      }),
    });
    const { replyId } = await world.send();
    await eventually(() => ended(replyId));
    const reply = await world.read(replyId);
    assert.equal(reply.status, 'FAILED');
    assert.equal(reply.failure?.code, 'DEADLINE_EXCEEDED');
    const job = await world.db
      .selectFrom('job')
      .select('attempt')
      .where('message_id', '=', replyId)
      .executeTakeFirstOrThrow();
    assert.equal(job.attempt, 6);
  });

  test('a picture outlasts a file store that is away, and is drawn once', async () => {
    let drawings = 0;
    let away = 3;
    const { media } = world;
    await using _worker = world.work({
      diffusion: recordedDiffusion({
        before: (position) => {
          if (position === 0) drawings++;
        },
      }),
      media: {
        ...media,
        put: (key, bytes, type) =>
          key.endsWith('.png') && away-- > 0
            ? Promise.reject(new AppError('STORAGE', '503 slow down'))
            : media.put(key, bytes, type),
      },
    });
    const { replyId } = await world.send();
    await eventually(() => ended(replyId));
    const reply = await world.read(replyId);
    const imageId = reply.parts.find((part) => part.kind === 'image')!.imageId;
    assert.equal((await world.drawn(imageId)).status, 'COMPLETED');
    assert.equal(drawings, 1);
    assert.ok(away < 0, 'the store was not away');
  });

  test('a job whose attempt failed rests before the next one', async () => {
    const attempts: number[] = [];
    await using _worker = world.work({
      llm: recordedLlm({
        before(position) {
          if (position > 0) return;
          attempts.push(performance.now());
          if (attempts.length === 1) throw new Error('503');
        },
      }),
      times: { firstRestMs: 400 },
    });
    const { replyId } = await world.send();
    await eventually(() => ended(replyId));
    assert.equal((await world.read(replyId)).status, 'COMPLETED');
    const [first, second] = attempts;
    assert.equal(attempts.length, 2);
    assert.ok(second! - first! >= 390, `it rested ${second! - first!} ms`);
  });

  test('a failed picture fails itself, not its message', async () => {
    await using _worker = world.work({
      diffusion: {
        health: () => ({ state: 'ready' }),
        run: (_, emit) => {
          emit({ type: 'error', code: 'INVALID', message: 'no such sampler', retryable: false });
          return Promise.resolve();
        },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      },
    });
    const { replyId } = await world.send();
    await eventually(() => ended(replyId));
    const reply = await world.read(replyId);
    assert.equal(reply.status, 'COMPLETED');
    const imageId = reply.parts.find((part) => part.kind === 'image')!.imageId;
    assert.equal((await world.drawn(imageId)).status, 'FAILED');
  });
});

describe('cancel', () => {
  for (const at of [0, 1, 6, 12]) {
    test(`at event ${at} of the text is terminal at once, keeps the text, and stops the compute`, async () => {
      const held = gate();
      let stopped = false;
      await using _worker = world.work({
        llm: recordedLlm({
          before: async (position, _, signal) => {
            if (position !== at) return;
            signal.addEventListener('abort', () => (stopped = true));
            held.reach();
            await held.opened;
          },
        }),
      });
      const { replyId } = await world.send();
      await held.reached;
      const cancelled = await cancelMessage(world.db, { viewerId: world.viewerId, messageId: replyId });
      assert.equal(cancelled.outcome, 'cancelled');
      const reply = await world.read(replyId);
      assert.equal(reply.status, 'CANCELLED');
      world.bus.ring('cancel');
      await eventually(() => stopped);
      assert.deepEqual(await foldOf(replyId), reply.parts);
      assert.equal(
        (await cancelMessage(world.db, { viewerId: world.viewerId, messageId: replyId })).outcome,
        'alreadyFinished',
      );
    });
  }

  for (const at of [1, 3, 5, 6]) {
    test(`of one picture at its event ${at} stops it and lets the message complete`, async () => {
      const held = gate();
      let stopped = false;
      await using _worker = world.work({
        diffusion: recordedDiffusion({
          before: async (position, _, signal) => {
            if (position !== at) return;
            signal.addEventListener('abort', () => (stopped = true));
            held.reach();
            await held.opened;
          },
        }),
      });
      const { replyId } = await world.send();
      await held.reached;
      await eventually(async () => (await world.read(replyId)).parts.length === 3);
      const imageId = (await world.read(replyId)).parts.find((part) => part.kind === 'image')!.imageId;
      assert.equal((await cancelImage(world.db, { viewerId: world.viewerId, imageId })).outcome, 'cancelled');
      world.bus.ring('cancel');
      await eventually(() => stopped);
      await eventually(() => ended(replyId));
      assert.equal((await world.read(replyId)).status, 'COMPLETED');
      const image = await world.drawn(imageId);
      assert.equal(image.status, 'CANCELLED');
      assert.equal(image.fileKey, null);
      // steps that nobody will see the end of are counted as well; event 0 is no step
      await eventually(async () => ((await world.read(replyId)).usage?.imageSteps ?? 0) > 0 === at > 1);
    });
  }
});

describe('order and deletion', () => {
  test('a reply waits until the one before it is terminal, pictures included', async () => {
    const drawing = gate();
    await using _worker = world.work({
      diffusion: recordedDiffusion({
        before: async (position, input) => {
          if (position !== 1 || input.seed !== '9') return;
          drawing.reach();
          await drawing.opened;
        },
      }),
    });
    const first = await world.send();
    await drawing.reached;
    const second = await world.send({
      conversationId: first.conversationId,
      options: { ...replyOptions, images: 'NEVER' },
    });
    const other = await world.send({ options: { ...replyOptions, images: 'NEVER' } });
    await eventually(() => ended(other.replyId));
    assert.equal((await world.read(second.replyId)).status, 'QUEUED');
    drawing.open();
    await eventually(() => ended(second.replyId));
    assert.equal((await world.read(second.replyId)).status, 'COMPLETED');
  });

  test('deleting hides at once, cancels what runs, and removes rows and files', async () => {
    await using _worker = world.work();
    const { conversationId, replyId } = await world.send();
    await eventually(() => ended(replyId));
    const image = await world.db
      .selectFrom('image')
      .select(['file_key'])
      .where('conversation_id', '=', conversationId)
      .executeTakeFirstOrThrow();
    assert.ok(world.media.files.has(image.file_key!));
    const deleted = await deleteConversation(world.db, { viewerId: world.viewerId, conversationId });
    assert.equal(deleted.outcome, 'deleted');
    await assert.rejects(world.read(replyId), /cannot be read/);
    world.bus.ring('jobs');
    await eventually(
      async () =>
        (await world.db.selectFrom('conversation').select('id').where('id', '=', conversationId).execute()).length ===
        0,
    );
    for (const table of ['message', 'image', 'event', 'stream', 'part'] as const) {
      const column = table === 'message' ? 'id' : 'message_id';
      const { rows } = await world.db
        .selectFrom(table)
        .selectAll()
        .where(column as never, '=', replyId as never)
        .execute()
        .then((rows) => ({ rows }));
      assert.equal(rows.length, 0, `${table} rows are left`);
    }
    assert.ok(!world.media.files.has(image.file_key!));
  });

  test('deleting while the reply runs stops it', async () => {
    const held = gate();
    let stopped = false;
    await using _worker = world.work({
      llm: recordedLlm({
        before: async (position, _, signal) => {
          if (position !== 4) return;
          signal.addEventListener('abort', () => (stopped = true));
          held.reach();
          await held.opened;
        },
      }),
    });
    const { conversationId } = await world.send();
    await held.reached;
    await deleteConversation(world.db, { viewerId: world.viewerId, conversationId });
    world.bus.ring('cancel');
    await eventually(() => stopped);
    await eventually(
      async () =>
        (await world.db.selectFrom('conversation').select('id').where('id', '=', conversationId).execute()).length ===
        0,
    );
  });
});
