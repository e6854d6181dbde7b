// Latents and decoder output → 8-bit RGB, row-major (height, width, 3), and RGB → what the encoder reads. Must never wrap
// around: values outside are cut.

/** Colour = weights · latent + bias, in [0, 1]. Rows are red, green and blue. */
export interface LatentToRgb {
  readonly weights: readonly (readonly number[])[];
  readonly bias: readonly number[];
}

const colours = 3;

/** A preview: one pixel for each place of the latent. @param latent (Z, H, W), flattened @param area H · W */
export function latentToRgb({ weights, bias }: LatentToRgb, latent: Float32Array, area: number): Uint8Array {
  const rgb = new Uint8ClampedArray(area * colours); // rounds and cuts
  for (let colour = 0; colour < colours; colour++) {
    for (let place = 0; place < area; place++) {
      let value = bias[colour]!;
      for (const [channel, weight] of weights[colour]!.entries()) value += weight * latent[channel * area + place]!;
      rgb[place * colours + colour] = value * 255;
    }
  }
  return new Uint8Array(rgb.buffer); // (H, W, 3)
}

/** The finished picture. @param pixels (3, H, W), flattened, about [−1, 1] */
export function pixelsToRgb(pixels: Float32Array): Uint8Array {
  const area = pixels.length / colours;
  const rgb = new Uint8ClampedArray(pixels.length);
  for (let colour = 0; colour < colours; colour++) {
    for (let place = 0; place < area; place++)
      rgb[place * colours + colour] = (pixels[colour * area + place]! + 1) * 127.5;
  }
  return new Uint8Array(rgb.buffer); // (H, W, 3)
}

/** The other way round. @param rgb (H, W, 3) @returns (3, H, W), flattened, [−1, 1] */
export function rgbToPixels(rgb: Uint8Array): Float32Array {
  const area = rgb.length / colours;
  const pixels = new Float32Array(rgb.length);
  for (let colour = 0; colour < colours; colour++) {
    for (let place = 0; place < area; place++)
      pixels[colour * area + place] = rgb[place * colours + colour]! / 127.5 - 1;
  }
  return pixels; // (3, H, W)
}
