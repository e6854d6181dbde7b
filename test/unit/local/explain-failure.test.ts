// A data folder that cannot be made is told with what to do; a file that is missing elsewhere is told as it is.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { explainFailure } from '../../../infra/local/explain-failure.ts';

const thrownBy = (work: () => unknown): unknown => {
  try {
    work();
  } catch (thrown) {
    return thrown;
  }
  return assert.fail('it worked');
};

test('a folder where none can be', { skip: process.platform !== 'linux' }, () => {
  const sentence = explainFailure(
    thrownBy(() => mkdirSync('/proc/gill')),
    '/proc/gill',
  );
  assert.match(sentence, /^\/proc\/gill cannot be made .*choose another folder with GILL_DATA_FOLDER$/);
});

test('a file that is missing', () => {
  const sentence = explainFailure(
    thrownBy(() => readFileSync('/nowhere')),
    '/data',
  );
  assert.doesNotMatch(sentence, /GILL_DATA_FOLDER/);
});
