// What a storybook picture shows, in words: the pixel oracle's answers by name. A measure for tests; its own mistakes (one kind
// in fifty, on true pictures) count as the picture's.
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { openOracle, type SceneLabels } from '../../evaluation/metrics/attributes.ts';
import type { Picture } from '../../evaluation/pictures/picture.ts';

export interface SeenThing {
  readonly slot: string;
  readonly kind: string;
  /** "own": the colours that the art has. */
  readonly colour: string;
}

export interface SeenScene {
  readonly place: string;
  readonly time: string;
  readonly weather: string;
  readonly things: readonly SeenThing[];
}

export interface SceneReader extends AsyncDisposable {
  /** @param file the picture's bytes, in any format */
  readonly read: (file: Uint8Array) => Promise<SeenScene>;
}

interface NamedField {
  readonly field: SceneLabels['fields'][number]['field'];
  readonly slot: string | null;
  readonly classes: readonly string[];
}

const words = new URL('../golden/fixtures/scene-words.json', import.meta.url);

export async function openSceneReader(): Promise<SceneReader> {
  const { fields } = JSON.parse(await readFile(words, 'utf8')) as { fields: readonly NamedField[] };
  const oracle = await openOracle(
    'training/checkpoints/oracle.safetensors',
    fields.map((each) => ({ ...each, classes: each.classes.length })),
  );
  return {
    read: async (file) => {
      const answers = await oracle.read(await decode(file));
      const named = (field: string, slot: string | null): string => {
        const i = fields.findIndex((each) => each.field === field && each.slot === slot);
        return fields[i]!.classes[answers[i]!]!;
      };
      const slots = [...new Set(fields.flatMap(({ slot }) => slot ?? []))];
      return {
        place: named('place', null),
        time: named('time', null),
        weather: named('weather', null),
        things: slots
          .map((slot) => ({ slot, kind: named('kind', slot), colour: named('colour', slot) }))
          .filter(({ kind }) => kind !== ''),
      };
    },
    [Symbol.asyncDispose]: () => oracle[Symbol.asyncDispose](),
  };
}

async function decode(file: Uint8Array): Promise<Picture> {
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, rgb: new Uint8Array(data) };
}
