// A dialogue that is served has the ids of one that was trained on, position by position, prefix and pictures included: the
// recorded ones are those of training/dialogues.py (record-gill.py).
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { openModelPackage } from '../../functions/engine/model-package.ts';
import { openPromptFormat, type PromptItem, type VisualRow } from '../../functions/llm/prompt.ts';
import { modelFolder } from '../harness/decoder-logits.ts';
import { toTurn, vocabulary, type RecordedDialogues } from '../harness/recorded-dialogues.ts';

const width = 576;
const imageRows: VisualRow[] = Array.from({ length: 8 }, (_, i) => ({
  values: new Float32Array(width),
  key: `img.${i}`,
}));
const model = await openModelPackage(modelFolder);
const format = await openPromptFormat(model, width, imageRows);
const { prefix, dialogues } = JSON.parse(
  await readFile('test/golden/fixtures/dialogues.json', 'utf8'),
) as RecordedDialogues;

const idsOf = (items: readonly PromptItem[]): number[] =>
  items.map((item) => (typeof item === 'number' ? item : vocabulary + imageRows.indexOf(item)));

test('the prefix is the one of training', () => assert.deepEqual(idsOf(format.prefix), prefix));

for (const [n, { turns, ids, openings, pictures, asked }] of dialogues.entries()) {
  describe(`dialogue ${n} of ${turns.length} turns with ${pictures.length} pictures`, () => {
    const replies = turns.flatMap(({ role }, i) => (role === 'assistant' ? [i] : []));
    const before = (turn: number): number[] =>
      idsOf(format.layOut({ turns: turns.slice(0, turn).map(toTurn) }, 64).items);

    test('every reply is asked for behind the ids of training', () => {
      for (const [reply, turn] of replies.entries())
        assert.deepEqual(before(turn), [...prefix, ...ids.slice(0, openings[reply]! + 1)], `before turn ${turn}`);
    });

    test('a picture stands behind the words of its reply, at eight positions', () => {
      const drawn = replies.filter((turn) => turns[turn]!.pictures);
      for (const [picture, turn] of drawn.entries()) {
        const rows = imageRows.map((_, i) => vocabulary + i);
        const words = format.tokenizer.encodeText(turns[turn]!.text);
        assert.deepEqual([...before(turn), ...words, ...rows], [...prefix, ...ids.slice(0, pictures[picture]! + 8)]);
      }
    });

    test('what was said last begins where training has it', () => {
      const drawn = replies.filter((turn) => turns[turn]!.pictures);
      const from = drawn.map(
        (turn) => format.layOut({ turns: turns.slice(0, turn).map(toTurn) }, 64).told.at(-1)!.from,
      );
      assert.deepEqual(
        from,
        asked.map((at) => prefix.length + at),
      );
    });
  });
}

test('one of them goes on for ten turns and more, and returns to an earlier picture', () => {
  const [long] = dialogues;
  assert.ok(long!.turns.length >= 20 && long!.pictures.length === 10);
  assert.ok(long!.turns.some(({ text }) => /the second picture/.test(text)));
});
