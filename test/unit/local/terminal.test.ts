// What the demo writes to a terminal: pictures by protocol, and text that grows above a status line.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { createLiveScreen } from '../../../infra/local/live-screen.ts';
import { choosePictureProtocol, halfBlocks, renderPicture, sixel } from '../../../infra/local/terminal-picture.ts';

test('the protocol is the one the terminal names; without a terminal none', () => {
  const choose = (env: NodeJS.ProcessEnv, isTerminal = true): string => choosePictureProtocol(isTerminal, env);
  assert.equal(choose({ TERM: 'xterm-kitty' }), 'kitty');
  assert.equal(choose({ TERM_PROGRAM: 'iTerm.app' }), 'iterm2');
  assert.equal(choose({ TERM: 'foot' }), 'sixel');
  assert.equal(choose({ TERM: 'xterm-256color' }), 'blocks');
  assert.equal(choose({ TERM: 'screen-256color', TERM_PROGRAM: 'iTerm.app' }), 'blocks');
  assert.equal(choose({ TERM: 'xterm-kitty' }, false), 'none');
  assert.equal(choose({ TERM: 'xterm', NO_COLOR: '1' }), 'none');
});

test('half blocks show two rows a line, each in its own colours', () => {
  const rgb = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]); // 2 × 2
  assert.equal(
    halfBlocks({ width: 2, height: 2, rgb }),
    '\x1b[38;2;1;2;3;48;2;7;8;9m▀\x1b[38;2;4;5;6;48;2;10;11;12m▀\x1b[0m\n',
  );
});

test('sixel paints every pixel once, in the nearest colour of the cube', () => {
  const rgb = new Uint8Array(3 * 7 * 3).fill(255); // 3 wide, 7 high: a whole band and one row of the next
  const text = sixel({ width: 3, height: 7, rgb });
  assert.ok(text.startsWith('\x1bPq"1;1;3;7'));
  assert.ok(text.endsWith('#215~~~$-#215@@@$-\x1b\\\n'), text.slice(-40));
});

test('a real picture comes out in every protocol', async () => {
  const create = { width: 96, height: 96, channels: 3, background: '#ff8000' } as const;
  const png = await sharp({ create }).png().toBuffer();
  assert.equal((await renderPicture(png, 'blocks', 80)).split('\n').length, 24 + 1);
  assert.match(await renderPicture(png, 'blocks', 80), /38;2;255;128;0/);
  assert.ok((await renderPicture(png, 'kitty', 80)).startsWith('\x1b_Gf=100,a=T'));
  assert.ok((await renderPicture(png, 'iterm2', 80)).includes(png.toString('base64')));
  assert.equal(await renderPicture(png, 'none', 80), '');
});

/** What stays visible after carriage returns, erased lines and steps upwards. */
function screenOf(written: string): string[] {
  const lines = [''];
  let row = 0;
  // eslint-disable-next-line no-control-regex
  for (const [token] of written.matchAll(/\x1b\[K|\x1b\[1A|\r|\n|[^\x1b\r\n]+/g)) {
    if (token === '\x1b[1A') row--;
    else if (token === '\x1b[K') lines[row] = '';
    else if (token === '\n') lines[++row] ??= '';
    else if (token !== '\r') lines[row] += token;
  }
  return lines;
}

test('text grows above the status line, is wrapped at words, and keeps no control characters', () => {
  let written = '';
  const screen = createLiveScreen((text) => (written += text), 31);
  screen.print('> a fox');
  screen.status('reading …');
  screen.append('Here is a red fox under ');
  screen.status('drawing 1/4');
  screen.append('an umbrella.\x1b[2J');
  assert.deepEqual(screenOf(written), ['> a fox', 'Here is a red fox under an ', 'umbrella. [2J', 'drawing 1/4']);
  screen.status(undefined);
  screen.print('done');
  assert.deepEqual(screenOf(written), ['> a fox', 'Here is a red fox under an ', 'umbrella. [2J', 'done', '']);
});

test('piped, only the text and the lines come out', () => {
  let written = '';
  const screen = createLiveScreen((text) => (written += text), undefined);
  screen.print('> a fox');
  screen.status('drawing');
  screen.append('Here is ');
  screen.append('a fox.');
  screen.print('done');
  assert.equal(written, '> a fox\nHere is a fox.\ndone\n');
});
