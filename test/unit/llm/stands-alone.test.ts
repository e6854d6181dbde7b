// Wishes that say all by themselves, and what is read with the talk before it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { standsAlone } from '../../../functions/llm/stands-alone.ts';

test('a wish that brings its own thing stands alone', () => {
  for (const words of [
    'Draw a fox in the forest.',
    'draw an orange cat in the snow',
    'Could you show me two red balloons over the city?',
    'a yellow duck on a farm',
    '3 owls at night',
    'On a meadow this evening there is a red pumpkin.',
    'I would like a picture of a castle.',
    'Find me a giraffe in the city, please.',
  ])
    assert.equal(standsAlone(words), true, words);
});

test('what means something said before, or may be told rather than asked, does not', () => {
  for (const words of [
    'Draw it on the beach.',
    'Now make it night.',
    'Then they found themselves on the beach. Draw it.',
    'Paint her with a red hat.',
    'Draw a picture of that.',
    'On the beach, please.',
    'now draw one',
    'Add a duck too.',
    'Night has come.',
    'What a rainy day.',
    'There was a purple owl in the forest.',
    'It met a red car.',
    'Zeichne einen Fuchs im Wald.',
    '',
  ])
    assert.equal(standsAlone(words), false, words);
});
