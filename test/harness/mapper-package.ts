// The bundled package with a mapper whose weights are the formula's (test/harness/formula.ts), stored as training/package writes one:
// matrices in int8 with a scale a row. What it maps means nothing, but it depends on every state.
import { floatToHalf } from '../../functions/engine/half.ts';
import type { GillManifest } from '../../functions/engine/model-package.ts';
import type { Safetensors, StoredTensor } from '../../functions/engine/safetensors.ts';
import { writeChangedPackage } from './changed-package.ts';
import { formulaWeights, safetensorsFile } from './formula.ts';

type Shapes = readonly (readonly [string, readonly number[]])[];

const [states, width, tokens, rows] = [576, 256, 16, 8];
const linear = (name: string, out: number, taken: number): Shapes => [
  [`${name}.weight`, [out, taken]],
  [`${name}.bias`, [out]],
];
const norm = (name: string): Shapes => [
  [`${name}.weight`, [width]],
  [`${name}.bias`, [width]],
];
const block = (name: string, reads: boolean): Shapes => [
  ...['n1', 'n2', ...(reads ? ['n3'] : [])].flatMap((part) => norm(`${name}.${part}`)),
  ...linear(`${name}.qkv`, 3 * width, width),
  ...linear(`${name}.o`, width, width),
  ...(reads
    ? [
        ...linear(`${name}.q`, width, width),
        ...linear(`${name}.kv`, 2 * width, width),
        ...linear(`${name}.o2`, width, width),
      ]
    : []),
  ...linear(`${name}.m.0`, 3 * width, width),
  ...linear(`${name}.m.2`, width, 3 * width),
];
const shapes: Shapes = [
  ['rows', [rows, states]],
  ['q', [tokens, width]],
  ...linear('i', width, states),
  ...block('e.0', false),
  ...norm('ne'),
  ...block('d.0', true),
  ...norm('nd'),
  ...linear('o', width, width),
];

/** Half precision, and int8 with a scale a row for the matrices of the layers. */
function served(weights: Safetensors): Safetensors {
  return new Map(
    [...weights].flatMap(([name, { shape, data }]): [string, StoredTensor][] => {
      const floats = data as Float32Array;
      const [count, columns] = shape;
      if (!name.endsWith('.weight') || columns === undefined)
        return [[name, { type: 'float16', shape, data: floatToHalf(floats) }]];
      const scales = Float32Array.from({ length: count! }, (_, r) => {
        const row = floats.subarray(r * columns, (r + 1) * columns);
        return Math.max(...row.map(Math.abs)) / 127;
      });
      const whole = Int8Array.from(floats, (value, i) => Math.round(value / scales[Math.floor(i / columns)]!));
      return [
        [name, { type: 'int8', shape, data: whole }],
        [`${name}.scale`, { type: 'float16', shape: [count!], data: floatToHalf(scales) }],
      ];
    }),
  );
}

/** A mapper's file; with places for so many states of a turn, where it reads one. */
export const mapperFile = (turnPositions = 0, placeWidth = width): Uint8Array =>
  safetensorsFile(
    served(formulaWeights([...shapes, ...(turnPositions > 0 ? [['t', [turnPositions, placeWidth]] as const] : [])])),
  );

/** @param folder empty */
export async function writeMapperPackage(folder: string, trainedOn: GillManifest['trainedOn']): Promise<void> {
  const mapper = 'formula-mapper.safetensors';
  await writeChangedPackage(
    folder,
    ({ gill, ...manifest }) => {
      const { mapperReads: _, ...heads } = gill!; // it reads the states alone, as the paper's
      return { ...manifest, gill: { ...heads, mapper, rowScale: 0.1, ...(trainedOn && { trainedOn }) } };
    },
    { [mapper]: mapperFile() },
  );
}
