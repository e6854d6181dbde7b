// Pictures of the dialogue in the language function's input, behind recorded functions: rows at their place, each picture seen
// once for each package, and a reply that comes whatever happens to the pictures.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import sharp from 'sharp';
import { AppError } from '../../core/app-error.ts';
import type { LlmInput, ModelCard, PromptPart, VisionFunction, VisionInput } from '../../core/function-contract.ts';
import { newId } from '../../core/ids.ts';
import { createLog } from '../../core/log.ts';
import type { WorkerParts } from '../../functions/worker/parts.ts';
import type { WorkerOptions } from '../../functions/worker/worker.ts';
import { fillSize } from '../../functions/worker/fill-size.ts';
import { seePicture } from '../../functions/worker/see-picture.ts';
import { addToGallery } from '../../infra/database/gallery.ts';
import { cancelMessage } from '../../infra/database/cancel.ts';
import type { NewPart } from '../../infra/database/send-message.ts';
import { mediaKeys } from '../../infra/media/media-store.ts';
import { eventually } from '../harness/eventually.ts';
import { insertPicture } from '../harness/pictures.ts';
import { createWorld, newKey, replyOptions, type World } from '../harness/world.ts';
import {
  recordedCard,
  recordedDiffusion,
  recordedLlm,
  recordedSight,
  recordedVision,
} from '../recordings/recorded-function.ts';

const card: ModelCard = { ...recordedCard, readsImages: true };
const silent = { ...replyOptions, images: 'NEVER' } as const;
const words = (text: string) => ({ kind: 'text', text }) as const;
const shown = (imageId: string): NewPart => ({ kind: 'image', imageId, path: [] });
const unseen = words(' (a picture that you cannot see) ');
const never = new AbortController().signal;

let world: World;
/** What the functions were given, and what the worker logged. */
let inputs: LlmInput[];
let looks: VisionInput[];
let lines: { readonly msg: string; readonly imageId?: string; readonly reason?: string }[];
before(async () => (world = await createWorld()));
after(() => world[Symbol.asyncDispose]());
beforeEach(() => {
  [inputs, looks, lines] = [[], [], []];
});

const watched = (position: number, input: VisionInput): void => {
  if (position === 0) looks.push(input);
};
const log = createLog('worker', 'info', {
  write: (line) => void lines.push(JSON.parse(line) as (typeof lines)[number]),
});

const options = (change: Partial<WorkerOptions> = {}): Partial<WorkerOptions> => ({
  llm: recordedLlm({ before: (position, input) => (position === 0 ? void inputs.push(input) : undefined) }),
  vision: recordedVision({ before: watched }),
  modelCard: () => card,
  log,
  ...change,
});

/** A finished picture of the viewer. */
async function bring(background: string, width = 16, height = 16): Promise<{ id: string; rgb: string; key: string }> {
  const id = newId();
  const key = mediaKeys.cleaned(id, 1, 'png');
  const file = await sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();
  await world.media.put(key, file, 'image/png');
  await insertPicture(world.hands, world.viewerId, { id, alt: background, file_key: key });
  return { id, key, rgb: (await fillSize(file, 16, 16)).toString('base64') };
}

/** Sends a message and waits for its reply. @returns the turns that the language function was given */
async function ask(parts: readonly NewPart[], change: Parameters<World['send']>[0] = {}) {
  const before = inputs.length;
  const sent = await world.send({ parts, options: silent, ...change });
  await eventually(async () => (await world.read(sent.replyId)).status === 'COMPLETED');
  return {
    ...sent,
    turns: inputs
      .slice(before)
      .at(-1)!
      .turns.map((turn) => turn.parts),
  };
}

const sent = (rgb: string): PromptPart => ({ kind: 'image', produced: false, rows: recordedSight(rgb).rows });

describe('a picture of the dialogue', () => {
  test('stands as rows at its place, whatever stands around it', async () => {
    await using _worker = world.work(options());
    const [red, blue] = [await bring('red'), await bring('blue')];
    for (const [parts, expected] of [
      [
        [shown(red.id), words('What is it?')],
        [sent(red.rgb), words('What is it?')],
      ],
      [
        [words('Look: '), shown(blue.id)],
        [words('Look: '), sent(blue.rgb)],
      ],
      [
        [words('This '), shown(red.id), words(' or '), shown(blue.id), words('?')],
        [words('This '), sent(red.rgb), words(' or '), sent(blue.rgb), words('?')],
      ],
      [
        [shown(blue.id), shown(red.id)],
        [sent(blue.rgb), sent(red.rgb)],
      ],
    ] as const)
      // prettier-ignore
      assert.deepEqual((await ask(parts)).turns, [expected]);
    assert.notDeepEqual(sent(red.rgb), sent(blue.rgb));
    assert.equal(looks.length, 2, 'each is seen once, in whatever conversation it stands');
  });

  test('is seen in the size of the package, its middle where the shape is another', async () => {
    await using _worker = world.work(options());
    const { id } = await bring('lime', 40, 20);
    await ask([shown(id)]);
    const [{ picture }] = looks as [VisionInput];
    assert.deepEqual([picture.width, picture.height], [16, 16]);
    assert.deepEqual(Buffer.from(picture.rgb, 'base64'), Buffer.alloc(16 * 16 * 3, Buffer.from([0, 255, 0])));
  });

  test('is seen again by another package, and by none twice', async () => {
    const { id, rgb } = await bring('teal');
    for (const [modelDigest, times] of [
      ['a', 1],
      ['a', 1],
      ['b', 2],
      ['a', 2],
    ] as const) {
      // prettier-ignore
      await using _worker = world.work(options({ modelCard: () => ({ ...card, modelDigest }) }));
      assert.deepEqual((await ask([shown(id)])).turns, [[sent(rgb)]]);
      assert.equal(looks.length, times, modelDigest);
    }
  });

  test('that was drawn or found carries rows as well, also behind the turns that follow', async () => {
    await using _worker = world.work(options());
    const first = await ask([words('a red fox')], { options: replyOptions });
    const part = (await world.read(first.replyId)).parts.find((each) => each.kind === 'image');
    assert.ok(part?.kind === 'image');
    const details = { path: [], title: 'a fox', creator: null, licence: null, sourcePage: null, isSeen: false };
    const add = { viewerId: world.viewerId, imageId: part.imageId, ...details, idempotency: newKey('addToGallery') };
    const added = await addToGallery(world.db, add);
    assert.ok(added.outcome === 'added');
    const { conversationId } = first;
    const { turns } = await ask([words('like '), shown(added.itemId)], { conversationId });
    const rgb = looks[0]!.picture.rgb;
    const drawn = turns[1]!.find(({ kind }) => kind === 'image');
    assert.deepEqual(drawn, { kind: 'image', produced: true, rows: recordedSight(rgb).rows });
    assert.deepEqual(turns[2], [words('like '), sent(rgb)]);
    assert.equal(looks.length, 1, 'what stands in the gallery is the same picture');
  });

  test('is counted into what the reply took, once', async () => {
    await using _worker = world.work(options());
    const { id } = await bring('navy');
    const computeMs = async (messageId: string): Promise<number> =>
      (await world.db.selectFrom('usage').select('compute_ms').where('message_id', '=', messageId).executeTakeFirstOrThrow())
        .compute_ms; // prettier-ignore
    const [first, second] = [await ask([shown(id)]), await ask([shown(id)])];
    assert.equal((await computeMs(first.replyId)) - (await computeMs(second.replyId)), 5);
  });

  test('of the newest there are as many as have room in the context', async () => {
    await using _worker = world.work(options({ modelCard: () => ({ ...card, contextTokens: 3 }) }));
    const pictures = [await bring('#010101'), await bring('#020202'), await bring('#030303')];
    const { turns } = await ask(pictures.map(({ id }) => shown(id)));
    assert.deepEqual(turns, [[unseen, sent(pictures[1]!.rgb), sent(pictures[2]!.rgb)]]);
  });

  test('is looked at while the reply says that it reads, and no longer once it is cancelled', async () => {
    const held = Promise.withResolvers<void>();
    const vision = recordedVision({
      before: (position, input, signal) => {
        watched(position, input);
        signal.addEventListener('abort', () => held.resolve(), { once: true });
        return held.promise;
      },
    });
    await using _worker = world.work(options({ vision }));
    const { id } = await bring('gray');
    const { replyId } = await world.send({ parts: [shown(id)], options: silent });
    await eventually(() => looks.length === 1);
    const { activity } = await world.db
      .selectFrom('job')
      .select('activity')
      .where('message_id', '=', replyId)
      .executeTakeFirstOrThrow();
    assert.deepEqual(JSON.parse(activity!), { phase: 'READING' });
    await cancelMessage(world.db, { viewerId: world.viewerId, messageId: replyId });
    world.bus.ring('cancel');
    await held.promise;
    assert.deepEqual(inputs, []);
  });
});

describe('a reply comes without the rows', () => {
  const broken = (vision: VisionFunction | undefined, more: Partial<ModelCard> = {}): Partial<WorkerOptions> =>
    options({ vision, modelCard: () => ({ ...card, ...more }) });
  const error = (message: string, retryable: boolean): VisionFunction => ({
    ...recordedVision(),
    run: (_, emit) => {
      emit({ type: 'error', code: retryable ? 'MODEL_UNAVAILABLE' : 'INVALID', message, retryable });
      return Promise.resolve();
    },
  });
  const loading = { state: 'loading', loadedBytes: 1, totalBytes: 2 } as const;
  const failed = { state: 'failed', message: 'no memory' } as const;
  for (const [what, change, reason] of [
    ['where nothing sees', broken(undefined), /FUNCTIONS_VISION_URL/],
    ['of a package without an image encoder', broken(recordedVision(), { readsImages: false }), /no image encoder/],
    ['while the package is not known', options({ modelCard: () => undefined }), /not known yet/],
    ['while the image encoder loads', broken(recordedVision({ health: () => loading })), /still loading/],
    ['where it cannot be loaded', broken(recordedVision({ health: () => failed })), /no memory/],
    ['where it is busy', broken(error('all slots are busy', true)), /all slots are busy/],
    ['where it refuses', broken(error('too large', false)), /too large/],
    ['where it breaks', broken(recordedVision({ before: () => Promise.reject(new Error('broken')) })), /broken/],
  ] as const) {
    test(what, async () => {
      await using _worker = world.work(change);
      const { id } = await bring('olive');
      const { turns } = await ask([words('Look'), shown(id), words('there')]);
      assert.deepEqual(turns, [[words('Look'), unseen, words('there')]]);
      const told = lines.filter(({ reason: why }) => why !== undefined && reason.test(why));
      assert.equal(told.length, 1, JSON.stringify(lines));
    });
  }

  test('of a picture whose file is gone, or is none, and sees the others', async () => {
    await using _worker = world.work(options());
    const [gone, none, there] = [await bring('plum'), await bring('pink'), await bring('peru')];
    await world.media.deleteMany([gone.key]);
    await world.media.put(none.key, Buffer.from('no picture'), 'image/png');
    const { turns } = await ask([shown(gone.id), shown(none.id), shown(there.id)]);
    assert.deepEqual(turns, [[unseen, unseen, sent(there.rgb)]]);
    for (const [{ id }, reason] of [
      [gone, /is gone/],
      [none, /cannot be read/],
    ] as const)
      // prettier-ignore
      assert.match(lines.find(({ imageId }) => imageId === id)?.reason ?? '', reason);
  });

  test('asks no further for pictures once the file store is away', async () => {
    let asked = 0;
    const get = (): Promise<never> => {
      asked++;
      return Promise.reject(new AppError('STORAGE', 'no route'));
    };
    await using _worker = world.work(options({ media: { ...world.media, get } }));
    const pictures = [await bring('tan'), await bring('snow'), await bring('gold')];
    assert.deepEqual((await ask(pictures.map(({ id }) => shown(id)))).turns, [[unseen, unseen, unseen]]);
    assert.equal(asked, 1);
    assert.match(lines.find(({ imageId }) => imageId === pictures[2]!.id)?.reason ?? '', /no route/);
  });
});

test('one picture is seen for whoever asks, by its id or its place in the gallery, and nobody else’s', async () => {
  const parts: WorkerParts = {
    db: world.db,
    bus: world.bus,
    media: world.media,
    llm: recordedLlm(),
    diffusion: recordedDiffusion(),
    vision: recordedVision({ before: watched }),
    modelCard: () => card,
    log,
    leaseMs: 10_000,
    outageMs: 10_000,
    textBatchMs: 1,
  };
  const { id, rgb } = await bring('aqua');
  const { rows, embedding } = recordedSight(rgb);
  for (const computeMs of [5, 0])
    assert.deepEqual(await seePicture(parts, world.viewerId, id, never), {
      kind: 'seen',
      seen: { rows, embedding },
      computeMs,
    });
  const other = await seePicture(parts, newId(), id, never);
  assert.deepEqual([other.kind, other.kind === 'unseen' && other.retryable], ['unseen', false]);
  assert.equal(looks.length, 1);
});
