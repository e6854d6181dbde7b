// Every wait has a sentence with the number that matters.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainPicture, explainReply } from '../../../web/src/waiting.ts';

const activity = { phase: 'QUEUED', position: null, estimatedMs: null, loadedBytes: null, totalBytes: null } as const;
const progress = { phase: 'DRAWING', step: 3, steps: 12, estimatedMs: 4_400, preview: null } as const;

test('a reply says what it waits for', () => {
  const sentence = (change: object): string => explainReply({ ...activity, ...change }).sentence;
  assert.equal(sentence({ position: 2 }), 'Waiting: 2 replies come first');
  assert.equal(sentence({ position: 1 }), 'Waiting: one reply comes first');
  assert.equal(sentence({ position: 0 }), 'Next in line');
  assert.equal(sentence({ phase: 'WARMING' }), 'No worker is running yet; one is being started');
  assert.equal(
    sentence({ phase: 'WARMING', estimatedMs: 92_400 }),
    'No worker is running yet; one is being started, about 92 s left',
  );
  assert.equal(sentence({ phase: 'READING' }), 'Reading the conversation');
  assert.equal(sentence({ phase: 'DECODING_TEXT', estimatedMs: 2_600 }), 'Writing, about 3 s left');
  assert.deepEqual(explainReply({ ...activity, phase: 'LOADING_WEIGHTS', loadedBytes: 45e6, totalBytes: 180e6 }), {
    sentence: 'Loading the model: 45 of 180 MB',
    share: 0.25,
  });
  assert.equal(explainReply(null).sentence, 'Asking the server');
});

test('a picture says which step it is at, and its bar never goes back', () => {
  const picture = (change: object) =>
    explainPicture({ status: 'RUNNING', progress: { ...progress, ...change }, failure: null });
  assert.equal(picture({}).sentence, 'Drawing: step 3 of 12, about 4 s left');
  assert.equal(picture({ estimatedMs: 300 }).sentence, 'Drawing: step 3 of 12, less than a second left');
  assert.equal(picture({ phase: 'QUEUED', step: 0, steps: 0 }).sentence, 'Waiting to be drawn');
  const shares = [{ step: 0 }, { step: 6 }, { step: 12 }, { phase: 'DECODING_PIXELS' }, { phase: 'STORING' }].map(
    (change) => picture(change).share!,
  );
  assert.deepEqual(
    shares,
    shares.toSorted((a, b) => a - b),
  );
  const failure = { code: 'STORAGE', message: 'the picture could not be stored', retryable: true } as const;
  assert.equal(explainPicture({ status: 'FAILED', progress: null, failure }).sentence, failure.message);
  assert.equal(
    explainPicture({ status: 'CANCELLED', progress: null, failure: null }).sentence,
    'Stopped before it was finished',
  );
});
