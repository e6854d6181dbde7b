// The picture function on the bundled weights: its events, what it refuses, that equal inputs give equal bytes, and that
// it stops where it says it stops.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import sharp from 'sharp';
import type { DiffusionEvent, DiffusionInput } from '../../core/function-contract.ts';
import { openPictureFunction } from '../../functions/diffusion/picture-function.ts';
import { openModelPackage } from '../../functions/engine/model-package.ts';
import { writeChangedPackage } from '../harness/changed-package.ts';
import { eventually } from '../harness/eventually.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const { MODEL_URI: modelFolder = 'models/storybook' } = process.env;
const options = { modelFolder, slots: 2 };
const { picture } = (await openModelPackage(modelFolder)).manifest;
const { width, height } = picture;
const draw = openPictureFunction(options);
before(() => eventually(() => draw.health().state === 'ready', 60_000));
after(() => draw[Symbol.asyncDispose]());

const input: DiffusionInput = {
  contract: 2,
  conditioning: { kind: 'TEXT', text: 'a green dinosaur in the desert at sunset' },
  sampler: 'flow-euler',
  steps: 3,
  guidance: 3,
  seed: '7',
  width,
  height,
  previews: 0,
};
const never = new AbortController().signal;

async function collect(changes: Partial<DiffusionInput> = {}, fn = draw): Promise<DiffusionEvent[]> {
  const events: DiffusionEvent[] = [];
  await fn.run({ ...input, ...changes }, (event) => events.push(event), never);
  return events;
}

const find = <T extends DiffusionEvent['type']>(events: DiffusionEvent[], type: T) => {
  const event = events.find((each): each is Extract<DiffusionEvent, { type: T }> => each.type === type);
  assert.ok(event, `no ${type} event`);
  return event;
};

function meanDifference(a: string, b: string): number {
  const [one, other] = [Buffer.from(a, 'base64'), Buffer.from(b, 'base64')];
  return one.reduce((sum, value, i) => sum + Math.abs(value - other[i]!), 0) / one.length;
}

describe('events', () => {
  test('come in the contract’s order, one step at a time', async () => {
    const events = await collect({ previews: 1 });
    assert.deepEqual(
      events.map((event) => event.type),
      ['conditioning', 'step', 'step', 'preview', 'step', 'decoding', 'pixels', 'usage', 'done'],
    );
    const steps = events.filter((event) => event.type === 'step');
    assert.deepEqual(
      steps.map(({ step, steps: of }) => [step, of]),
      [
        [1, 3],
        [2, 3],
        [3, 3],
      ],
    );
    assert.ok(steps.every(({ estimatedMs }) => estimatedMs > 0 && Number.isInteger(estimatedMs)));
    const { computeMs, imageSteps } = find(events, 'usage');
    assert.equal(imageSteps, 3);
    assert.ok(computeMs > 0);
  });

  for (const [previews, steps, expected] of [
    [0, 12, []],
    [4, 12, [2, 5, 7, 10]],
    [4, 2, [1, 2]],
    [2, 1, [1]],
  ] as const) {
    test(`${previews} previews of ${steps} steps come after ${expected.join(', ') || 'none'}`, async () => {
      const seen = (await collect({ previews, steps })).filter((event) => event.type === 'preview');
      assert.deepEqual(
        seen.map(({ step }) => step),
        expected,
      );
      for (const { rgb, width, height } of seen) assert.equal(Buffer.from(rgb, 'base64').length, width * height * 3);
    });
  }
});

describe('pixels', () => {
  test('are a picture: an evening sky above, something green in the middle, sand below', async () => {
    const { rgb } = find(await collect({ steps: 12 }), 'pixels');
    const bytes = Buffer.from(rgb, 'base64');
    assert.equal(bytes.length, width * height * 3);
    /** Mean colour of a rectangle, in 96ths of a side. */
    const region = (...rectangle: [left: number, top: number, w: number, h: number]): number[] => {
      const [left, top, w, h] = rectangle.map((part) => (part * width) / 96) as typeof rectangle;
      const sums = [0, 0, 0];
      for (let y = top; y < top + h; y++)
        for (let x = left; x < left + w; x++)
          for (let colour = 0; colour < 3; colour++) sums[colour]! += bytes[(y * width + x) * 3 + colour]!;
      return sums.map((sum) => sum / (w * h));
    };
    const [skyRed, skyGreen, skyBlue] = region(0, 0, 96, 8);
    assert.ok(skyBlue! > skyGreen! && skyRed! > skyGreen!, 'the upper sky at sunset is purple');
    const [sandRed, sandGreen, sandBlue] = region(0, 86, 96, 8);
    assert.ok(sandRed! > sandGreen! && sandGreen! > sandBlue!, 'the ground of the desert is orange');
    const [bodyRed, bodyGreen, bodyBlue] = region(42, 52, 12, 10);
    assert.ok(bodyGreen! > bodyRed! + 30 && bodyGreen! > bodyBlue! + 30, 'the dinosaur is green');
  });

  test('the last preview looks like the picture', async () => {
    const events = await collect({ steps: 12, previews: 4 });
    const preview = events.findLast((event) => event.type === 'preview');
    const { rgb } = find(events, 'pixels');
    const small = await sharp(Buffer.from(rgb, 'base64'), { raw: { width, height, channels: 3 } })
      .resize(12, 12, { kernel: 'linear' })
      .raw()
      .toBuffer();
    const shown = Buffer.from(preview!.rgb, 'base64');
    const meanDifference = shown.reduce((sum, value, i) => sum + Math.abs(value - small[i]!), 0) / small.length;
    assert.ok(meanDifference < 40, `mean difference ${meanDifference} of 255`);
  });

  test('equal inputs give equal bytes, other seeds others', async () => {
    const [first, again, other] = [await collect(), await collect(), await collect({ seed: '8' })];
    assert.deepEqual(find(again, 'pixels'), find(first, 'pixels'));
    assert.notEqual(find(other, 'pixels').rgb, find(first, 'pixels').rgb);
  });

  test('pictures drawn together are those drawn alone, and advance in turn', async () => {
    const steps = 8;
    const done = new Map<string, number>();
    const draws = ['7', '8'].map(async (seed) => {
      const events: DiffusionEvent[] = [];
      const note = (event: DiffusionEvent): void => {
        events.push(event);
        if (event.type === 'step') done.set(seed, event.step);
        // whoever ends first: the other one waited for its turns, not for the end
        if (event.type === 'decoding') assert.ok(Math.min(...done.values()) >= steps - 3, [...done.values()].join());
      };
      await draw.run({ ...input, seed, steps }, note, never);
      return find(events, 'pixels').rgb;
    });
    const together = await Promise.all(draws);
    const alone = [await collect({ seed: '7', steps }), await collect({ seed: '8', steps })];
    assert.deepEqual(
      together,
      alone.map((events) => find(events, 'pixels').rgb),
    );
  });

  test('the conditioning of one picture, given back, draws it again', async () => {
    const events = await collect();
    const { tensor, sha256 } = find(events, 'conditioning');
    assert.deepEqual(tensor.shape, [16, 256]);
    const again = await collect({ conditioning: { kind: 'GILL', tensor } });
    assert.equal(find(again, 'conditioning').sha256, sha256);
    assert.equal(find(again, 'pixels').rgb, find(events, 'pixels').rgb);
  });

  test('guidance 1 evaluates the condition alone and draws something else', async () => {
    const [guided, plain] = [await collect(), await collect({ guidance: 1 })];
    assert.notEqual(find(plain, 'pixels').rgb, find(guided, 'pixels').rgb);
  });
});

describe('a parent picture', () => {
  const skip = picture.parentGuidance === undefined && `the denoiser of ${modelFolder} takes none`;
  test(
    'by its latent and by its pixels: another picture than without, the same each time, and it is told',
    { skip },
    async () => {
      const first = find(await collect(), 'pixels');
      const conditioning = { kind: 'TEXT', text: 'a red dinosaur in the desert at sunset' } as const;
      const pixels = { width, height, rgb: first.rgb };
      const alone = find(await collect({ conditioning }), 'pixels').rgb;
      const drawn = new Set([alone]);
      for (const parent of [
        { guidance: 1.5, latent: first.latent },
        { guidance: 1, latent: first.latent },
        { guidance: 1.5, pixels },
      ]) {
        const events = await collect({ conditioning, parent });
        const { rgb } = find(events, 'pixels');
        assert.ok(!drawn.has(rgb), `as another one: ${JSON.stringify(parent).slice(0, 40)}`);
        drawn.add(rgb);
        const told = find(events, 'parent');
        if ('latent' in parent) assert.deepEqual(told.tensor, parent.latent);
        // given back as it was told, it draws the same
        const again = await collect({ conditioning, parent: { guidance: parent.guidance, latent: told.tensor } });
        assert.equal(find(again, 'pixels').rgb, rgb);
        assert.equal(find(again, 'parent').sha256, told.sha256);
      }
      assert.equal(find(await collect({ conditioning }), 'pixels').rgb, alone, 'nothing of a parent stays');
    },
  );

  test(
    'under noise, for packages that say so: the more is kept the nearer it is, and none is as without',
    { skip },
    async () => {
      await using folder = await temporaryFolder();
      await writeChangedPackage(folder.path, (manifest) => ({ ...manifest, picture: { ...manifest.picture, parentBy: 'noise' } })); // prettier-ignore
      await using noised = openPictureFunction({ ...options, modelFolder: folder.path });
      await eventually(() => noised.health().state === 'ready', 60_000);
      const first = find(await collect(), 'pixels');
      const conditioning = { kind: 'TEXT', text: 'a red dinosaur in the desert at sunset' } as const;
      const alone = find(await collect({ conditioning }), 'pixels').rgb;
      const pixels = { width, height, rgb: first.rgb };
      const drawnFrom = async (parent: DiffusionInput['parent']) =>
        find(await collect({ conditioning, ...(parent && { parent }) }, noised), 'pixels').rgb;
      assert.equal(await drawnFrom(undefined), alone);
      assert.equal(await drawnFrom({ guidance: 0, latent: first.latent }), alone);
      const distances: number[] = [];
      for (const guidance of [0, 1, 2, 4])
        distances.push(meanDifference(await drawnFrom({ guidance, latent: first.latent }), first.rgb));
      assert.deepEqual(
        distances,
        distances.toSorted((a, b) => b - a),
        distances.join(', '),
      );
      assert.ok(distances[3]! < distances[0]! / 2, distances.join(', '));
      const events = await collect({ conditioning, parent: { guidance: 1, pixels } }, noised);
      const again = await drawnFrom({ guidance: 1, latent: find(events, 'parent').tensor });
      assert.equal(again, find(events, 'pixels').rgb, 'given back as it was told, it draws the same');
    },
  );

  test('fits every sampler', { skip }, async () => {
    const { latent } = find(await collect(), 'pixels');
    for (const sampler of picture.samplers) {
      const [without, given] = [
        await collect({ sampler }),
        await collect({ sampler, parent: { guidance: 2, latent } }),
      ];
      assert.notEqual(find(given, 'pixels').rgb, find(without, 'pixels').rgb, sampler);
    }
  });
});

describe('refusals', () => {
  const tensor = (shape: number[], bytes: number, fill = 0) => ({
    kind: 'GILL' as const,
    tensor: { shape, fp16: Buffer.alloc(bytes, fill).toString('base64') },
  });
  for (const [changes, message] of [
    [{ conditioning: { kind: 'TEXT', text: ' \n' } }, /the text holds no word/],
    [{ conditioning: tensor([16, 255], 16 * 255 * 2) }, /shape \(16, 255\).*takes \(16, 256\)/],
    [{ conditioning: tensor([16, 256], 10) }, /takes 8192 bytes of fp16, but 10 came/],
    [{ conditioning: tensor([16, 256], 8192, 0x7c) }, /number that is not finite/],
    [{ steps: 101 }, /steps is 101, but must be a whole number from 1 to 100/],
  ] as [Partial<DiffusionInput>, RegExp][]) {
    test(String(message), async () => {
      const events = await collect(changes);
      assert.equal(events.length, 1);
      const error = find(events, 'error');
      assert.equal(error.code, 'INVALID');
      assert.equal(error.retryable, false);
      assert.match(error.message, message);
    });
  }

  test('one picture more than there are slots is told to come again', async () => {
    const runs = await Promise.all([collect(), collect(), collect()]);
    assert.deepEqual(
      runs.map((events) => events.at(-1)!.type),
      ['done', 'done', 'error'],
    );
    const { code, retryable } = find(runs[2], 'error');
    assert.deepEqual({ code, retryable }, { code: 'MODEL_UNAVAILABLE', retryable: true });
  });
});

describe('cancel', () => {
  /** Draws until `when`, then aborts with a reason of our own; tells what had happened by then. */
  async function cancelAt(when: (event: DiffusionEvent) => boolean): Promise<DiffusionEvent[]> {
    const stop = new AbortController();
    const reason = new Error('the user pressed stop');
    const events: DiffusionEvent[] = [];
    const note = (event: DiffusionEvent): void => {
      events.push(event);
      if (when(event)) stop.abort(reason);
    };
    await assert.rejects(draw.run({ ...input, steps: 12 }, note, stop.signal), (thrown) => thrown === reason);
    return events;
  }

  test('between steps: no step follows', async () => {
    const events = await cancelAt((event) => event.type === 'step' && event.step === 2);
    assert.deepEqual(
      events.map((event) => event.type),
      ['conditioning', 'step', 'step'],
    );
  });

  test('after the last step: the pixel decoder does not start', async () => {
    const events = await cancelAt((event) => event.type === 'step' && event.step === 12);
    assert.equal(events.length, 13);
    assert.equal(events.at(-1)!.type, 'step');
  });

  test('while decoding: no pixels come', async () => {
    const events = await cancelAt((event) => event.type === 'decoding');
    assert.equal(events.at(-1)!.type, 'decoding');
  });

  test('before it began: nothing is emitted', async () => {
    const reason = new Error('too late');
    const emit = (): void => assert.fail('an event after the abort');
    await assert.rejects(draw.run(input, emit, AbortSignal.abort(reason)), (thrown) => thrown === reason);
  });

  test('one of two pictures: the other is finished, unchanged', async () => {
    const alone = find(await collect(), 'pixels').rgb;
    const [kept] = await Promise.all([collect(), cancelAt((event) => event.type === 'step')]);
    assert.equal(find(kept, 'pixels').rgb, alone);
  });
});

describe('life', () => {
  test('before the weights are loaded a run is told to come again; disposing ends what runs', async () => {
    const other = openPictureFunction(options);
    assert.equal(other.health().state, 'loading');
    const early = find(await collect({}, other), 'error');
    assert.deepEqual([early.code, early.retryable], ['MODEL_UNAVAILABLE', true]);

    await eventually(() => other.health().state === 'ready', 60_000);
    const { promise: started, resolve } = Promise.withResolvers<void>();
    const run = other.run({ ...input, steps: 100 }, (event) => event.type === 'step' && resolve(), never);
    const ended = assert.rejects(run, { name: 'AbortError' });
    await started;
    await other[Symbol.asyncDispose]();
    await ended;
  });

  test('disposing while the weights load leaves nothing behind', async () => {
    const other = openPictureFunction(options);
    await other[Symbol.asyncDispose]();
    assert.equal(other.health().state, 'failed');
  });

  test('a missing package is told, not thrown', async () => {
    await using other = openPictureFunction({ ...options, modelFolder: '/nowhere' });
    await eventually(() => other.health().state === 'failed', 10_000);
    const error = find(await collect({}, other), 'error');
    assert.match(error.message, /no model package at \/nowhere/);
  });
});
