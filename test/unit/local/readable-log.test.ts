// One readable line of whatever a process writes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { format, wantsColours } from '../../../infra/local/readable-log.ts';

const time = new Date(2026, 10, 24, 9, 5, 7, 42).getTime();

test('a log record: time, component, level, message, its fields, causes as one sentence', () => {
  const line = JSON.stringify({
    level: 'warn',
    time,
    component: 'worker',
    msg: 'image failed',
    attempt: 2,
    imageId: null,
    reason: 'no answer',
    err: { type: 'AppError', message: 'could not store', cause: { type: 'Error', message: 'refused' } },
  });
  assert.equal(
    format('child', line, false),
    '09:05:07.042 worker   warn  image failed attempt=2 reason="no answer" err="could not store: refused"',
  );
});

test('anything else is shown as it is, under the name of its process', () => {
  assert.match(format('api', 'Error: boom', false), /^[\d:.]{12} api {6}warn {2}Error: boom$/);
  assert.match(format('api', '{"half":', false), /api {6}warn {2}\{"half":$/);
});

test('no line moves the cursor or colours the terminal by itself', () => {
  const line = JSON.stringify({ level: 'info', time, msg: 'a\x1b[2Jb\nc', title: '\x9b31m\x07' });
  const shown = format('api', line, false);
  assert.doesNotMatch(shown, /\p{Cc}/u);
  assert.match(shown, /a\\x1b\[2Jb\\x0ac/);
  assert.match(format('api', line, true), /\x1b\[32minfo \x1b\[0m/); // eslint-disable-line no-control-regex
});

test('colours only on a terminal that wants them', () => {
  assert.equal(wantsColours(true, {}), true);
  assert.equal(wantsColours(false, {}), false);
  assert.equal(wantsColours(true, { NO_COLOR: '1' }), false);
  assert.equal(wantsColours(true, { TERM: 'dumb' }), false);
});
