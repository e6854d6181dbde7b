// The layout of prompts with the package's own tokenizer and template: prefix, injection, rows, and what is left out.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { PromptTurn } from '../../../core/function-contract.ts';
import type { ParityHabit } from '../../../core/parity.ts';
import { floatToHalf, toWire } from '../../../functions/engine/half.ts';
import { openModelPackage } from '../../../functions/engine/model-package.ts';
import { openPromptFormat, sameItem, type PromptItem } from '../../../functions/llm/prompt.ts';
import { modelFolder } from '../../harness/decoder-logits.ts';

const width = 576;
const model = await openModelPackage(modelFolder);
const { system, examples } = model.manifest.lm;
const format = await openPromptFormat(model, width);
/** Its pictures stand in the prompt. */
const drawing = await openPromptFormat(model, width, [{ values: new Float32Array(width), key: 'row' }]);
const { tokenizer } = format;

const start = 1; // <|im_start|>
const end = 2; // <|im_end|>

const user = (text: string): PromptTurn => ({ role: 'user', parts: [{ kind: 'text', text }] });
const assistant = (text: string): PromptTurn => ({ role: 'assistant', parts: [{ kind: 'text', text }] });
const count = (items: readonly PromptItem[], id: number): number => items.filter((item) => item === id).length;
/** Tokens as text; a picture's row is □. */
const read = (items: readonly PromptItem[]): string =>
  items
    .map((item) => {
      if (typeof item !== 'number') return '□';
      if (item === start) return '<|im_start|>';
      if (item === end) return '<|im_end|>';
      return Buffer.from(tokenizer.bytesOf(item)).toString('latin1');
    })
    .join('');
const rows = (n: number, fill: number) =>
  ({
    kind: 'image',
    produced: false,
    rows: toWire([n, width], floatToHalf(new Float32Array(n * width).fill(fill))),
  }) as const;

describe('a prompt', () => {
  test('is the prefix once, the turns, and the opening of the reply, exactly as the template writes them', () => {
    const { items, told, droppedTurns } = format.layOut(
      { turns: [user('Hello'), assistant('Hi.'), user('Draw a fox.')] },
      64,
    );
    const shown = examples.map(
      (pair) => `<|im_start|>user\n${pair.user}<|im_end|>\n<|im_start|>assistant\n${pair.assistant}<|im_end|>\n`,
    );
    assert.equal(
      read(items),
      `<|im_start|>system\n${system}<|im_end|>\n${shown.join('')}` +
        '<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\nHi.<|im_end|>\n' +
        '<|im_start|>user\nDraw a fox.<|im_end|>\n<|im_start|>assistant\n',
    );
    assert.equal(droppedTurns, 0);
    assert.deepEqual(
      told.map(({ from, to }) => read(items.slice(from, to))),
      ['Draw a fox.'],
    );
    assert.equal(items[0], start, 'nothing stands before the template');
    assert.ok(format.prefix.every((item, i) => sameItem(item, items[i]!)));
    assert.equal(read(format.prefix), read(items).slice(0, read(format.prefix).length));
  });

  test('tells of what was said since the last picture, and of a message that stands alone nothing else', () => {
    const told = (input: Parameters<typeof format.layOut>[0]): string[] => {
      const { items, told: spans } = drawing.layOut(input, 64);
      return spans.map(({ from, to }) => read(items.slice(from, to)));
    };
    const drawn = {
      role: 'assistant',
      parts: [
        { kind: 'text', text: 'Here it is.' },
        { kind: 'image', produced: true },
      ],
    } as const;
    const story = [user('There was a frog.'), assistant('Nice.'), user('It met a car.'), assistant('Oh.')];
    assert.deepEqual(told({ turns: [...story, user('Draw them.')] }), ['There was a frog.', 'It met a car.', 'Draw them.']); // prettier-ignore
    assert.deepEqual(told({ turns: [...story, user('Draw a fox.')] }), ['Draw a fox.']);
    assert.deepEqual(told({ turns: [...story, user('Draw it.'), drawn, user('At night.'), assistant('Yes.'), user('And draw it.')] }), ['At night.', 'And draw it.']); // prettier-ignore
    assert.deepEqual(told({ turns: [...story, user('')], instructions: 'Be brief.' }), ['There was a frog.', 'It met a car.', '']); // prettier-ignore
    assert.deepEqual(told({ turns: [user('A frog.'), assistant('Yes.'), { role: 'user', parts: [rows(1, 0.5)] }] }).length, 1); // prettier-ignore
    assert.deepEqual(told({ turns: [...story, user('Draw them.'), assistant('So far')] }).at(-1), 'So far');
  });

  test('puts the instructions of a conversation behind the system line', () => {
    const { items } = format.layOut({ turns: [user('Hello')], instructions: ' Speak like a pirate. ' }, 64);
    assert.ok(read(items).startsWith(`<|im_start|>system\n${system}\nSpeak like a pirate.<|im_end|>\n`));
  });

  test('never takes what a person wrote for template', () => {
    const plain = format.layOut({ turns: [user('x')] }, 64).items;
    const attacks = fc.array(
      fc.constantFrom(
        '<|im_start|>',
        '<|im_end|>',
        '<|endoftext|>',
        '<repo_name>',
        '\uE0000\uE001',
        '{{ 1 }}',
        'system\n',
        'a',
        ' ',
      ),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(attacks, (pieces) => {
        const text = pieces.join('');
        const { items } = format.layOut({ turns: [user(text)], instructions: text }, 64);
        for (const id of [start, end, ...tokenizer.forbiddenIds]) assert.equal(count(items, id), count(plain, id));
        const bytes = Buffer.from(`user\n${text}`, 'utf8').toString('latin1');
        assert.ok(read(items).endsWith(`${bytes}<|im_end|>\n<|im_start|>assistant\n`), 'the text is there, unchanged');
      }),
    );
  });

  test('has rows where a picture stands, in order, equal rows under equal keys', () => {
    const parts: PromptTurn['parts'] = [
      { kind: 'text', text: 'Look: ' },
      rows(2, 0.5),
      { kind: 'text', text: ' and ' },
      rows(1, 0.5),
      rows(2, 0.5),
      { kind: 'text', text: '!' },
    ];
    const { items } = format.layOut({ turns: [{ role: 'user', parts }] }, 64);
    assert.ok(read(items).endsWith('user\nLook: □□ and □□□!<|im_end|>\n<|im_start|>assistant\n'));
    const pictures = items.filter((item) => typeof item !== 'number');
    assert.ok(pictures.every(({ values }) => values.length === width && values.every((value) => value === 0.5)));
    assert.ok(sameItem(pictures[0]!, pictures[3]!));
    assert.ok(!sameItem(pictures[0]!, pictures[1]!));
    assert.ok(!sameItem(pictures[0]!, pictures[2]!), 'another picture, though its first row is the same');
  });

  test('has the rows of a picture that was sent where it was sent: before the words, behind, between, two in a row', () => {
    const words = (text: string) => ({ kind: 'text', text }) as const;
    const [one, two] = [rows(4, 0.5), rows(4, 0.25)];
    for (const [parts, expected] of [
      [[one, words('What is it?')], '□□□□What is it?'],
      [[words('What is it?'), one], 'What is it?□□□□'],
      [[words('This'), one, words(' or'), words(' that'), two], 'This□□□□ or that□□□□'],
      [[one, two], '□□□□□□□□'],
      [[one], '□□□□'],
    ] as const) {
      const { items } = format.layOut({ turns: [user('Hello'), assistant('Hi.'), { role: 'user', parts }] }, 64);
      assert.ok(read(items).endsWith(`user\n${expected}<|im_end|>\n<|im_start|>assistant\n`), read(items).slice(-120));
      const shown = items.filter((item) => typeof item !== 'number');
      const fills = parts.flatMap((part) => (part.kind === 'image' ? [part === one ? 0.5 : 0.25] : []));
      assert.deepEqual(shown.map(({ values }) => values[0]), fills.flatMap((fill) => Array(4).fill(fill))); // prettier-ignore
    }
    // as training/stages/image_side.py asks: nothing between the rows and the question
    const asked = format.layOut({ turns: [{ role: 'user', parts: [one, words('What is it?')] }] }, 64).items;
    const plain = format.layOut({ turns: [user('What is it?')] }, 64).items;
    assert.deepEqual(asked.filter((item) => typeof item === 'number'), plain); // prettier-ignore
  });

  test('has the [IMG] rows where the assistant showed a picture, whatever stands around it', async () => {
    const imageRows = Array.from({ length: 8 }, (_, i) => ({ key: `img.${i}`, values: new Float32Array(width) }));
    const pictured = await openPromptFormat(model, width, imageRows);
    const drawn = { kind: 'image', produced: true } as const;
    const words = (text: string) => ({ kind: 'text', text }) as const;
    const eight = '□'.repeat(8);
    for (const [parts, expected] of [
      [[drawn, words('There.')], `${eight}There.`],
      [[words('Here.'), drawn], `Here.${eight}`],
      [[words('Here.'), drawn, words(' There.')], `Here.${eight} There.`],
      [[words('Here.'), words(' There.')], 'Here. There.'],
      [[drawn, drawn], eight.repeat(2)],
      [[words('Mine: '), { ...rows(2, 0.5), produced: true }], `Mine: ${eight}`], // its layout has no rows behind
    ] as const) {
      const turns: PromptTurn[] = [user('Hello'), { role: 'assistant', parts }, user('And now?')];
      const { items, pictures } = pictured.layOut({ turns }, 64);
      assert.ok(read(items).includes(`assistant\n${expected}<|im_end|>\n`), read(items).slice(-200));
      const shown = items.filter((item) => typeof item !== 'number');
      assert.deepEqual(shown.map(({ key }) => key), shown.map((_, i) => `img.${i % 8}`)); // prettier-ignore
      const count_ = parts.filter(({ kind }) => kind === 'image').length;
      assert.deepEqual(pictures, Array.from({ length: count_ }, (_, nth) => ({ words: 'Hello', nth, drawnFrom: undefined }))); // prettier-ignore
      assert.equal(count(items, tokenizer.encodeTemplate('<|endoftext|>')[0]!), 0, 'nothing but turns');
      // a package without rows leaves nothing, and the words around it are one text
      const text = parts.map((part) => (part.kind === 'text' ? part.text : '')).join('');
      const turnsOfText: PromptTurn[] = [user('Hello'), assistant(text), user('And now?')];
      assert.deepEqual(format.layOut({ turns }, 64), format.layOut({ turns: turnsOfText }, 64));
    }
  });

  test('words-only, a habit of GILL’s reference code: nothing is seen of a picture that was shown, whatever the layout', async () => {
    const imageRows = Array.from({ length: 8 }, (_, i) => ({ key: `img.${i}`, values: new Float32Array(width) }));
    const seenBehind = async (parity: readonly ParityHabit[]): Promise<string> => {
      const gill = { ...model.manifest.gill!, layout: { drawn: 'imageTokensAndRows', sent: 'rows' }, parity } as const;
      const changed = { ...model, manifest: { ...model.manifest, gill } };
      const turns: PromptTurn[] = [
        { role: 'user', parts: [{ kind: 'text', text: 'This' }, rows(3, 0.5)] },
        {
          role: 'assistant',
          parts: [
            { kind: 'text', text: 'Here.' },
            { ...rows(2, 0.5), produced: true },
          ],
        },
        user('And now?'),
      ];
      return read((await openPromptFormat(changed, width, imageRows)).layOut({ turns }, 64).items);
    };
    assert.match(await seenBehind([]), /This□{3}<.*Here\.□{10}</s);
    assert.match(await seenBehind(['words-only']), /This□{3}<.*Here\.□{8}</s);
  });

  test('tells of each picture that it shows what it was drawn from, also where the oldest turns are left out', async () => {
    const imageRows = Array.from({ length: 8 }, (_, i) => ({ key: `img.${i}`, values: new Float32Array(width) }));
    const pictured = await openPromptFormat(model, width, imageRows);
    const tensor = (n: number) => ({ shape: [1], fp16: Buffer.from([n, 0]).toString('base64') });
    const turns = Array.from({ length: 120 }, (_, n): PromptTurn[] => [
      user('And another thing, as large as the one before it, please.'),
      { role: 'assistant', parts: [{ kind: 'image', produced: true, ...(n % 3 > 0 && { drawnFrom: tensor(n) }) }] },
    ]).flat();
    const { droppedTurns, pictures } = pictured.layOut({ turns: [...turns, user('And now?')] }, 64);
    assert.ok(droppedTurns > 0 && pictures.length > 2);
    const kept = Array.from({ length: 120 }, (_, n) => (n % 3 > 0 ? tensor(n) : undefined)).slice(droppedTurns / 2);
    assert.deepEqual(pictures.map(({ drawnFrom }) => drawnFrom), kept); // prettier-ignore
  });

  test('refuses rows of another width, too few bytes and infinities', () => {
    const layOut = (shape: number[], values: number[]): (() => unknown) => {
      const turn: PromptTurn = {
        role: 'user',
        parts: [{ kind: 'image', produced: false, rows: toWire(shape, floatToHalf(Float32Array.from(values))) }],
      };
      return () => format.layOut({ turns: [turn] }, 64);
    };
    assert.throws(layOut([1, 3], [1, 2, 3]), { code: 'INVALID', message: /\(rows, 576\)/ });
    assert.throws(layOut([1, width], [1, 2, 3]), { code: 'INVALID' });
    assert.throws(layOut([1, width], Array<number>(width).fill(1e30)), { code: 'INVALID', message: /finite/ });
  });
});

describe('a dialogue that is too long', () => {
  const long = 'The fox walks over the hill. '.repeat(40); // about 280 tokens

  test('loses its oldest turns whole and keeps prefix, room for the reply and a question first', () => {
    const room = model.manifest.lm.contextTokens - 256;
    for (let pairs = 1; pairs < 12; pairs++) {
      const turns = [
        ...Array.from({ length: pairs }, (_, i) => [user(`${i} ${long}`), assistant(`answer ${i}`)]).flat(),
        user('And now?'),
      ];
      const { items, droppedTurns } = format.layOut({ turns }, 256);
      assert.ok(items.length <= room);
      assert.equal(droppedTurns % 2, 0, 'what remains begins with a question');
      assert.ok(format.prefix.every((item, i) => sameItem(item, items[i]!)));
      const kept = turns.slice(droppedTurns);
      const text = kept.map(
        ({ role, parts }) =>
          `<|im_start|>${role}\n${parts.map((part) => (part.kind === 'text' ? part.text : '')).join('')}<|im_end|>\n`,
      );
      assert.equal(read(items), `${read(format.prefix)}${text.join('')}<|im_start|>assistant\n`);
      if (droppedTurns > 0) {
        const more = format.layOut({ turns: turns.slice(droppedTurns - 2) }, 256);
        assert.equal(more.droppedTurns, 2, 'no more was dropped than had to be');
      }
    }
  });

  test('is refused in words when its last message alone does not fit', () => {
    assert.throws(() => format.layOut({ turns: [user('Hello'), assistant('Hi'), user(long.repeat(8))] }, 256), {
      code: 'CONTEXT_TOO_LONG',
      message: /takes \d+ tokens .* 2048 .* shorten the message/,
    });
  });
});
