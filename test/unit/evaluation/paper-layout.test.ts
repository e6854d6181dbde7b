// The layout that GILL was published with, by the package's own tokenizer: what stands where, and the begin token once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PromptPart } from '../../../core/function-contract.ts';
import { createPaperLayout } from '../../../evaluation/model/paper-layout.ts';
import { floatToHalf, toWire } from '../../../functions/engine/half.ts';
import { openModelPackage } from '../../../functions/engine/model-package.ts';
import type { PromptItem } from '../../../functions/llm/prompt.ts';
import { openTokenizer } from '../../../functions/llm/tokenizer.ts';
import { modelFolder } from '../../harness/decoder-logits.ts';

const { encodeText, encodeTemplate } = await openTokenizer(await openModelPackage(modelFolder));
const width = 4;
const begin = encodeTemplate('<|im_start|>');
const layOut = createPaperLayout({ begin, encodeText, width, beginsEveryText: false });
const layOutEvery = createPaperLayout({ begin, encodeText, width, beginsEveryText: true });

const text = (said: string) => ({ kind: 'text', text: said }) as const;
/** Two rows that hold `fill`. */
const picture = (fill: number) =>
  ({ kind: 'image', produced: false, rows: toWire([2, width], floatToHalf(new Float32Array(2 * width).fill(fill))) }) as const; // prettier-ignore
/** The begin token is ^, a row its number. */
const read = (items: readonly PromptItem[]): readonly (number | string)[] =>
  items.map((item) => (typeof item === 'object' ? `row ${item.values[0]}` : item === begin[0] ? '^' : item));
const ids = (said: string): readonly number[] => encodeText(said);
const [one, two] = [
  ['row 1', 'row 1'],
  ['row 2', 'row 2'],
];

const cases: readonly (readonly [string, readonly PromptPart[], readonly (number | string)[]])[] = [
  ['a text alone', [text('a fox')], ['^', ...ids('a fox')]],
  ['text first', [text('a fox'), picture(1)], ['^', ...ids('a fox'), ...one]],
  ['a picture first', [picture(1), text('a fox')], [...one, '^', ...ids('a fox')]],
  ['two texts', [text('a fox'), text('a cat')], ['^', ...ids('a fox'), ...ids('a cat')]],
  ['two pictures in a row', [text('a'), picture(1), picture(2), text('b')], ['^', ...ids('a'), ...one, ...two, ...ids('b')]], // prettier-ignore
  ['pictures alone', [picture(2), picture(1)], [...two, ...one]],
  [
    'one that was not seen',
    [text('a'), { kind: 'image', produced: false }, text('b')],
    ['^', ...ids('a'), ...ids('b')],
  ],
];

for (const [name, parts, expected] of cases) {
  test(`${name}: in order, nothing between, and the begin token once, before the first text`, () => {
    assert.deepEqual(read(layOut(parts)), expected);
    const said = parts.filter(({ kind }) => kind === 'text').length;
    assert.equal(read(layOut(parts)).filter((item) => item === '^').length, Math.min(said, 1));
    // what FROMAGe's script does, behind the habit `begins-every-text`
    assert.equal(read(layOutEvery(parts)).filter((item) => item === '^').length, said);
  });
}

test('nobody’s words become the begin token, and with the habit it stands before each text', () => {
  assert.equal(read(layOut([text('<|im_start|>')])).filter((item) => item === '^').length, 1);
  assert.deepEqual(read(layOutEvery([text('a fox'), picture(1), text('a cat')])), ['^', ...ids('a fox'), ...one, '^', ...ids('a cat')]); // prettier-ignore
});
