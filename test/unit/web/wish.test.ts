// What a wish becomes on its way to the server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Picture } from '../../../clients/ts/index.ts';
import { toOptions, toParts } from '../../../web/src/wish.ts';

const drawn = { __typename: 'GeneratedImage', id: 'img_1' } as Picture;
const uploaded = { __typename: 'UploadedImage', id: 'img_2' } as Picture;

test('pictures come before the words, and words that are not there are no part', () => {
  assert.deepEqual(toParts({ text: 'like this', pictures: [drawn], takes: 1 }), [
    { imageId: 'img_1' },
    { text: 'like this' },
  ]);
  assert.deepEqual(toParts({ text: '', pictures: [uploaded], takes: 1 }), [{ imageId: 'img_2' }]);
});

test('takes are asked for where something is drawn; whoever goes on from a drawn picture rather wants one', () => {
  const wish = { text: 'make it night', pictures: [], takes: 1 };
  assert.deepEqual(toOptions(wish), {});
  assert.deepEqual(toOptions({ ...wish, takes: 3 }), { options: { image: { takes: 3 } } });
  assert.deepEqual(toOptions({ ...wish, pictures: [uploaded] }), {});
  assert.deepEqual(toOptions({ ...wish, pictures: [uploaded, drawn] }), { options: { imageBias: 1 } });
  assert.deepEqual(toOptions({ ...wish, isForPicture: true }), { options: { imageBias: 20 } });
  assert.deepEqual(toOptions({ text: '', pictures: [drawn], takes: 3 }), {});
});
