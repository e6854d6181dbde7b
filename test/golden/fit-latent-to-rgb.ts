// Fits the linear map of previews, latent → RGB, and writes it into a package's model.json, nothing else of which changes:
//   node test/golden/fit-latent-to-rgb.ts models/storybook
// Least squares over pictures that the package itself draws: each place of a finished latent against the mean colour of
// the pixels that the decoder makes of it.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { DiffusionEvent } from '../../core/function-contract.ts';
import { openPictureFunction } from '../../functions/diffusion/picture-function.ts';
import { fromWire, halfToFloat } from '../../functions/engine/half.ts';
import type { ModelManifest } from '../../functions/engine/model-package.ts';
import { eventually } from '../harness/eventually.ts';

const pictures = 96;
const steps = 8;
const loadTimeoutMs = 120_000;

const places = ['in a meadow', 'on the beach', 'in a snowy field', 'in the city', 'in the forest', 'in the desert'];
const times = ['', 'at sunset', 'at night'];
const colours = ['red', 'yellow', 'green', 'blue', 'purple', 'pink'];
const things = ['cat', 'house', 'elephant', 'tree', 'car', 'owl', 'cake', 'umbrella', 'dinosaur', 'gift', 'penguin'];

const [, , folder = 'models/storybook'] = process.argv;
const manifestPath = path.join(folder, 'model.json');
const manifest = JSON.parse(await readFile(manifestPath, 'utf8')) as ModelManifest;
const { picture } = manifest;
const [channels, latentHeight, latentWidth] = picture.latent;
const unknowns = channels + 1; // the last one is the bias

// normal equations AᵀA·x = Aᵀb, one right-hand side a colour
const normal = Array.from({ length: unknowns }, () => new Float64Array(unknowns));
const right = Array.from({ length: 3 }, () => new Float64Array(unknowns));
const samples: { row: number[]; rgb: number[] }[] = [];

{
  await using draw = openPictureFunction({ modelFolder: folder, slots: 1 });
  await eventually(() => draw.health().state !== 'loading', loadTimeoutMs);
  for (let i = 0; i < pictures; i++) {
    const [colour, thing] = [colours[i % colours.length]!, things[i % things.length]!];
    const text = `a ${colour} ${thing} ${places[Math.floor(i / 3) % places.length]!} ${times[i % times.length]!}`;
    let drawn: Extract<DiffusionEvent, { type: 'pixels' }> | undefined;
    await draw.run(
      {
        contract: 1,
        conditioning: { kind: 'TEXT', text },
        sampler: picture.samplers[0]!,
        steps,
        guidance: picture.defaultGuidance,
        seed: String(i),
        width: picture.width,
        height: picture.height,
        previews: 0,
      },
      (event) => {
        if (event.type === 'error') throw new Error(event.message);
        if (event.type === 'pixels') drawn = event;
      },
      new AbortController().signal,
    );
    collect(halfToFloat(fromWire(drawn!.latent)), Buffer.from(drawn!.rgb, 'base64'));
  }
}

function collect(latent: Float32Array, rgb: Buffer): void {
  const area = latentHeight * latentWidth;
  const scale = picture.height / latentHeight;
  for (let y = 0; y < latentHeight; y++) {
    for (let x = 0; x < latentWidth; x++) {
      const row = Array.from({ length: channels }, (_, channel) => latent[channel * area + y * latentWidth + x]!);
      const mean = [0, 0, 0];
      for (let dy = 0; dy < scale; dy++) {
        for (let dx = 0; dx < scale; dx++) {
          const at = ((y * scale + dy) * picture.width + x * scale + dx) * 3;
          for (let colour = 0; colour < 3; colour++) mean[colour]! += rgb[at + colour]! / 255 / scale ** 2;
        }
      }
      samples.push({ row: [...row, 1], rgb: mean });
    }
  }
}

for (const { row, rgb } of samples) {
  for (let i = 0; i < unknowns; i++) {
    for (let j = 0; j < unknowns; j++) normal[i]![j]! += row[i]! * row[j]!;
    for (let colour = 0; colour < 3; colour++) right[colour]![i]! += row[i]! * rgb[colour]!;
  }
}
const solutions = right.map((b) => solve(normal, b).map((value) => Number(value.toFixed(4))));

let error = 0;
let spread = 0;
for (let colour = 0; colour < 3; colour++) {
  const mean = samples.reduce((sum, { rgb }) => sum + rgb[colour]!, 0) / samples.length;
  for (const { row, rgb } of samples) {
    const fitted = row.reduce((sum, value, i) => sum + value * solutions[colour]![i]!, 0);
    error += (fitted - rgb[colour]!) ** 2;
    spread += (mean - rgb[colour]!) ** 2;
  }
}
console.log(`${pictures} pictures, ${samples.length} places`);
console.log(`explained variance ${(1 - error / spread).toFixed(4)}`);
console.log(`root mean square error ${Math.sqrt(error / samples.length / 3).toFixed(4)} of 1`);

const latentToRgb = {
  weights: solutions.map((solution) => solution.slice(0, channels)),
  bias: solutions.map((solution) => solution[channels]!),
};
await writeFile(manifestPath, `${JSON.stringify({ ...manifest, picture: { ...picture, latentToRgb } }, null, 1)}\n`);

/** Gaussian elimination with pivoting. */
function solve(matrix: readonly Float64Array[], b: Float64Array): number[] {
  const rows = matrix.map((row, i) => [...row, b[i]!]);
  const n = rows.length;
  for (let column = 0; column < n; column++) {
    const pivot = rows
      .slice(column)
      .reduce((best, row) => (Math.abs(row[column]!) > Math.abs(best[column]!) ? row : best));
    rows.splice(rows.indexOf(pivot), 1);
    rows.splice(column, 0, pivot);
    for (const [i, row] of rows.entries()) {
      if (i === column) continue;
      const factor = row[column]! / pivot[column]!;
      for (let j = column; j <= n; j++) row[j]! -= factor * pivot[j]!;
    }
  }
  return rows.map((row, i) => row[n]! / row[i]!);
}
