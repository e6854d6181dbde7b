// Attribute accuracy in the storybook's domain: what the pixel oracle reads off a picture, against the scene it should
// show. Shares of what is there, field by field, as training/scores.py counts them.
import { z } from 'zod';
import { AppError } from '../../core/app-error.ts';
import { createTensor, openSession } from '../../functions/engine/onnx-runtime.ts';
import { buildOracle, oracleSide } from '../networks/oracle.ts';
import type { Picture } from '../pictures/picture.ts';
import { scenePlanes } from '../pictures/scene-planes.ts';
import { parseData, readText } from '../sets/parse-data.ts';
import type { Share } from './estimate.ts';
import { readWeights } from './open-metrics.ts';

/** One question about a scene; those about a slot have the class "nothing there" last (kind, colour) or first (count). */
const field = z.strictObject({
  field: z.enum(['place', 'time', 'weather', 'kind', 'colour', 'count']),
  slot: z.string().nullable(),
  classes: z.int().positive(),
  /** Words for the classes that have some, in order: what a sentence about the picture may call them. */
  names: z.array(z.array(z.string().regex(/^[\p{L}\p{N}' -]+$/u))).optional(),
});
/** How a story tells a fact: by a sentence before the last, by the last, or by its pictures alone. */
const standing = z.enum(['before', 'last', 'shown']);
export type Standing = z.infer<typeof standing>;
const labelsFile = z.looseObject({
  fields: z.array(field).min(1),
  /** Name of a picture → the right class of every field, in order. */
  labels: z.record(z.string(), z.array(z.int().nonnegative())),
  /** Name of a story's last picture → where each of these stands; null: it goes without saying, or nothing is there. */
  told: z.record(z.string(), z.array(standing.nullable())).optional(),
});
export type SceneLabels = z.infer<typeof labelsFile>;
type Field = z.infer<typeof field>;

/** @throws {AppError} INVALID naming what is wrong */
export async function readSceneLabels(file: string): Promise<SceneLabels> {
  const parsed = parseData(labelsFile, await readText(file), file);
  for (const [name, { length }] of [...Object.entries(parsed.labels), ...Object.entries(parsed.told ?? {})]) {
    if (length !== parsed.fields.length)
      throw new AppError('INVALID', `${file}: ${name} has ${length} labels for ${parsed.fields.length} fields`);
  }
  for (const [name, labels] of Object.entries(parsed.labels)) {
    const wrong = labels.findIndex((label, i) => label >= parsed.fields[i]!.classes);
    if (wrong < 0) continue;
    const { field: asked, classes } = parsed.fields[wrong]!;
    throw new AppError(
      'INVALID',
      `${file}: ${name} has label ${labels[wrong]} of ${asked}, which has ${classes} classes`,
    );
  }
  return parsed;
}

export interface Oracle extends AsyncDisposable {
  /** sha256 of its weights. */
  readonly digest: string;
  /** The likeliest class of every field. */
  readonly read: (picture: Picture) => Promise<readonly number[]>;
}

/** @param file weights that training's oracle stage exported @throws {AppError} MODEL_UNAVAILABLE when they answer other fields */
export async function openOracle(file: string, fields: readonly Field[]): Promise<Oracle> {
  const { weights, digest } = await readWeights(file);
  const classes = fields.reduce((sum, { classes: count }) => sum + count, 0);
  const answered = weights.get('h.weight')?.shape[0];
  if (answered !== classes) {
    throw new AppError(
      'MODEL_UNAVAILABLE',
      `${file} answers ${answered ?? 'no'} classes, but the labels of this set have ${classes}: they belong to another set of scenes`,
    );
  }
  const session = await openSession(buildOracle(weights));
  return {
    digest,
    read: async (picture) => {
      using pixels = createTensor(
        'float32',
        [1, 3, oracleSide, oracleSide],
        scenePlanes(picture, oracleSide, 'the oracle'),
      );
      using logits = createTensor('float32', [1, classes]);
      await session.run({ pixels }, { logits });
      let at = 0;
      return fields.map(({ classes: count }) => {
        const scores = logits.data.subarray(at, (at += count));
        return scores.indexOf(scores.reduce((best, score) => Math.max(best, score), -Infinity));
      });
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

export const attributeNames = [
  'place',
  'time',
  'weather',
  'kind',
  'colour',
  'count',
  'kind and colour',
  'all',
] as const;
export type AttributeName = (typeof attributeNames)[number];

/**
 * Right answers and questions asked, by attribute. A slot's fields are asked where something stands in it; `all` is one
 * question: every field right, empty slots included.
 */
export function scoreAttributes(
  fields: readonly Field[],
  labels: readonly number[],
  answers: readonly number[],
): Readonly<Record<AttributeName, Share>> {
  const right = labels.map((label, i) => label === answers[i]);
  const filled = new Set(
    fields.flatMap(({ field: name, slot, classes }, i) => (name === 'kind' && labels[i] !== classes - 1 ? [slot] : [])),
  );
  const share = (name: Field['field']): Share => {
    const asked = right.filter((_, i) => fields[i]!.field === name && isAsked(fields[i]!));
    return { numerator: asked.filter(Boolean).length, denominator: asked.length };
  };
  const isAsked = ({ slot }: Field): boolean => slot === null || filled.has(slot);
  const both = Array.from(filled, (slot) =>
    fields.every(({ field: name, slot: of }, i) => of !== slot || name === 'count' || right[i]),
  );
  return {
    place: share('place'),
    time: share('time'),
    weather: share('weather'),
    kind: share('kind'),
    colour: share('colour'),
    count: share('count'),
    'kind and colour': { numerator: both.filter(Boolean).length, denominator: both.length },
    all: { numerator: right.every(Boolean) ? 1 : 0, denominator: 1 },
  };
}

/** Where facts stand → what a figure about them is called. */
export const factNames = {
  before: 'said before the last sentence',
  last: 'said in the last sentence',
  shown: 'shown and not said',
} as const satisfies Record<Standing, string>;

/** Right answers and facts, by where they stand. @param told of every field */
export function scoreFacts(
  told: readonly (Standing | null)[],
  labels: readonly number[],
  answers: readonly number[],
): Readonly<Record<Standing, Share>> {
  const share = (where: Standing): Share => {
    const asked = labels.flatMap((label, i) => (told[i] === where ? [label === answers[i]] : []));
    return { numerator: asked.filter(Boolean).length, denominator: asked.length };
  };
  return { before: share('before'), last: share('last'), shown: share('shown') };
}
