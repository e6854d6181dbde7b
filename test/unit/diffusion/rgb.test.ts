// Latents and decoder output as 8-bit RGB.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latentToRgb, pixelsToRgb, rgbToPixels } from '../../../functions/diffusion/rgb.ts';

test('decoder output goes from planes to interleaved bytes, rounded and cut at both ends', () => {
  const red = [-1, 1];
  const green = [0, 0.5];
  const blue = [-7, 7];
  assert.deepEqual(pixelsToRgb(Float32Array.of(...red, ...green, ...blue)), Uint8Array.of(0, 128, 0, 255, 191, 255));
});

test('what is read back is what was written', () => {
  const rgb = Uint8Array.from({ length: 768 }, (_, i) => i % 256);
  assert.deepEqual(pixelsToRgb(rgbToPixels(rgb)), rgb);
  assert.deepEqual(rgbToPixels(Uint8Array.of(0, 255, 255, 255, 0, 255)), Float32Array.of(-1, 1, 1, -1, 1, 1));
});

test('a preview is the linear map of each place', () => {
  const map = {
    weights: [
      [1, 0],
      [0, 1],
      [0.5, -0.5],
    ],
    bias: [0, 0, 0.5],
  };
  // two channels over two places: (0, 1) and (1, 0.4)
  assert.deepEqual(latentToRgb(map, Float32Array.of(0, 1, 1, 0.4), 2), Uint8Array.of(0, 255, 0, 255, 102, 204));
});
