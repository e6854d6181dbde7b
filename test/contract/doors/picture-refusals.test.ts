// What a viewer may not do with pictures is refused on every door, with the same code and a sentence.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { newId, toPublicId } from '../../../core/ids.ts';
import { createApiWorld, type ApiWorld } from '../../harness/api-world.ts';
import type { Door } from '../../harness/doors.ts';
import { eventually } from '../../harness/eventually.ts';

let world: ApiWorld;
before(async () => (world = await createApiWorld()));
after(() => world[Symbol.asyncDispose]());

const door = (name: Door['name']): Door => world.doors.find((candidate) => candidate.name === name)!;

let made: Promise<{ drawnId: string; uploadedId: string }> | undefined;
/** One picture that was drawn and one that was uploaded, made once. */
const pictures = () => (made ??= makePictures());
async function makePictures(): Promise<{ drawnId: string; uploadedId: string }> {
  await using _worker = world.work();
  const { replyId } = await world.say();
  await eventually(async () => {
    const { message } = await world.ask('query($id: ID!) { message(id: $id) { ... on AssistantMessage { status } } }', {
      id: replyId,
    });
    return message.status === 'COMPLETED';
  });
  const row = await world.db.selectFrom('image').selectAll().limit(1).executeTakeFirstOrThrow();
  const uploaded = newId();
  const place = { id: uploaded, conversation_id: uploaded, message_id: uploaded };
  const { created_at: _, ...rest } = row;
  await world.hands
    .insertInto('image')
    .values({ ...rest, ...place, kind: 'uploaded' })
    .execute();
  return { drawnId: toPublicId('image', row.id), uploadedId: toPublicId('image', uploaded) };
}

for (const name of ['http', 'websocket', 'sse'] as const) {
  describe(`over ${name}`, () => {
    test('a file that is not taken is refused before it is sent', async () => {
      const cases: readonly (readonly [Record<string, unknown>, string, string, RegExp])[] = [
        [{ contentType: 'image/svg+xml' }, 'UNSUPPORTED_TYPE', 'contentType', /svg.*image\/png/],
        [{ byteSize: 0 }, 'INVALID', 'byteSize', /0/],
        [{ byteSize: 2 ** 24 + 1 }, 'TOO_LARGE', 'byteSize', /16777217.*16777216/],
        [{ sha256: 'f'.repeat(63) }, 'INVALID', 'sha256', /64/],
        [{ fileName: 'x'.repeat(256) }, 'TOO_LARGE', 'fileName', /256.*255/],
        [{ fileName: 'a\u0000.png' }, 'INVALID', 'fileName', /NUL/],
      ];
      for (const [input, code, field, message] of cases) {
        const file = { contentType: 'image/png', byteSize: 9, sha256: 'f'.repeat(64), idempotencyKey: randomUUID() };
        const answer = await door(name).request({
          query:
            'mutation($input: CreateUploadInput!) { createUpload(input: $input) { upload { id } userErrors { code path message } } }',
          variables: { input: { ...file, ...input } },
        });
        const payload = answer.data?.['createUpload'] as { upload: null; userErrors: [Record<string, unknown>] };
        assert.equal(payload.upload, null);
        const [error] = payload.userErrors;
        assert.deepEqual([error['code'], error['path']], [code, [field]]);
        assert.match(error['message'] as string, message);
      }
    });

    test('a picture that cannot be redrawn or replayed as asked is told why', async () => {
      const { drawnId, uploadedId } = await pictures();
      const nothing = toPublicId('image', newId());
      const cases: readonly (readonly [string, Record<string, unknown>, string, readonly string[], RegExp])[] = [
        ['redrawImage', { imageId: 'img_x' }, 'NOT_FOUND', ['imageId'], /img_x/],
        ['redrawImage', { imageId: nothing }, 'NOT_FOUND', ['imageId'], /no such/],
        ['redrawImage', { imageId: uploadedId }, 'INVALID', ['imageId'], /not drawn/],
        ['redrawImage', { imageId: drawnId, wish: ' ' }, 'INVALID', ['wish'], /empty/],
        ['redrawImage', { imageId: drawnId, wish: 'x'.repeat(16_001) }, 'TOO_LARGE', ['wish'], /16001.*16000/],
        ['redrawImage', { imageId: drawnId, options: { takes: 5 } }, 'INVALID', ['options', 'takes'], /5.*1 to 4/],
        ['redrawImage', { imageId: drawnId, options: { seed: '-1' } }, 'INVALID', ['options', 'seed'], /-1/],
        ['redrawImage', { imageId: drawnId, options: { sampler: 'x' } }, 'INVALID', ['options', 'sampler'], /flow/],
        ['replayImage', { imageId: 'img_x' }, 'NOT_FOUND', ['imageId'], /img_x/],
        ['replayImage', { imageId: nothing }, 'NOT_FOUND', ['imageId'], /no such/],
        ['replayImage', { imageId: uploadedId }, 'INVALID', ['imageId'], /not drawn/],
      ];
      for (const [mutation, input, code, path, message] of cases) {
        const type = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input!`;
        const answer = await door(name).request({
          query: `mutation($input: ${type}) { ${mutation}(input: $input) { userErrors { code path message } } }`,
          variables: { input: { idempotencyKey: randomUUID(), ...input } },
        });
        const [error] = (answer.data?.[mutation] as { userErrors: [Record<string, unknown>] }).userErrors;
        assert.deepEqual([error['code'], error['path']], [code, path], JSON.stringify([mutation, input]));
        assert.match(error['message'] as string, message);
      }
    });
  });
}
