// A picture in the terminal: by the graphics protocol the terminal says it has (kitty, iTerm2, sixel), else as half blocks
// in true colour. Must never write picture bytes to something that is no terminal.
import sharp from 'sharp';

export type PictureProtocol = 'kitty' | 'iterm2' | 'sixel' | 'blocks' | 'none';

/** Terminals tell what they can by their environment; asking them and waiting for an answer would block a pipe. */
export function choosePictureProtocol(isTerminal: boolean, env: NodeJS.ProcessEnv): PictureProtocol {
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0';
  if ((!isTerminal && !forced) || env['NO_COLOR'] || env['TERM'] === 'dumb') return 'none';
  const term = env['TERM'] ?? '';
  const program = env['TERM_PROGRAM'] ?? '';
  // inside tmux and screen the outer terminal's protocols do not pass
  if (env['TMUX'] || term.startsWith('screen')) return 'blocks';
  if (env['KITTY_WINDOW_ID'] || term.includes('kitty') || program === 'ghostty') return 'kitty';
  if (program === 'iTerm.app' || program === 'WezTerm' || env['LC_TERMINAL'] === 'iTerm2') return 'iterm2';
  if (/^(foot|mlterm|contour|yaft)/.test(term) || term.includes('sixel')) return 'sixel';
  return 'blocks';
}

/**
 * @param file bytes of a PNG or WebP
 * @param columns width of the terminal
 * @returns what to write, with a line break at the end; empty for `none`
 */
export async function renderPicture(file: Uint8Array, protocol: PictureProtocol, columns: number): Promise<string> {
  switch (protocol) {
    case 'kitty':
      return kitty(await sharp(file).png().toBuffer());
    case 'iterm2':
      return `\x1b]1337;File=inline=1;size=${file.length};width=${Math.min(48, columns)}:${Buffer.from(file).toString('base64')}\x07\n`;
    case 'sixel':
      return sixel(await pixels(file, 2 * 96));
    case 'blocks':
      return halfBlocks(await pixels(file, Math.max(8, Math.min(48, columns))));
    case 'none':
      return '';
  }
}

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** 8-bit, row-major. */
  readonly rgb: Uint8Array;
}

async function pixels(file: Uint8Array, width: number): Promise<Pixels> {
  const { data, info } = await sharp(file)
    .flatten({ background: '#000' })
    .toColourspace('srgb')
    .resize({ width })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, rgb: data };
}

/** Kitty graphics protocol: PNG as base64 in chunks of at most 4,096 bytes. */
function kitty(png: Buffer): string {
  const chunks = png.toString('base64').match(/.{1,4096}/g) ?? [];
  return `${chunks
    .map((chunk, i) => {
      const more = i < chunks.length - 1 ? 1 : 0;
      return `\x1b_G${i === 0 ? `f=100,a=T,c=48,m=${more}` : `m=${more}`};${chunk}\x1b\\`;
    })
    .join('')}\n`;
}

/** Two pixels a cell: the upper half block in one colour on the other. */
export function halfBlocks({ width, height, rgb }: Pixels): string {
  const colour = (x: number, y: number): string => {
    const at = (Math.min(y, height - 1) * width + x) * 3;
    return `${rgb[at]!};${rgb[at + 1]!};${rgb[at + 2]!}`;
  };
  let text = '';
  for (let y = 0; y < height; y += 2) {
    for (let x = 0; x < width; x++) text += `\x1b[38;2;${colour(x, y)};48;2;${colour(x, y + 1)}m▀`;
    text += '\x1b[0m\n';
  }
  return text;
}

/** Sixel graphics over the 216 colours of a 6×6×6 cube; each band is six pixels high. */
export function sixel({ width, height, rgb }: Pixels): string {
  const level = (value: number): number => Math.round(value / 51);
  const colourOf = (x: number, y: number): number => {
    const at = (y * width + x) * 3;
    return level(rgb[at]!) * 36 + level(rgb[at + 1]!) * 6 + level(rgb[at + 2]!);
  };
  let text = `\x1bPq"1;1;${width};${height}`;
  for (let colour = 0; colour < 216; colour++) {
    const percent = (digit: number): number => digit * 20;
    text += `#${colour};2;${percent(Math.floor(colour / 36))};${percent(Math.floor(colour / 6) % 6)};${percent(colour % 6)}`;
  }
  for (let top = 0; top < height; top += 6) {
    const rows = new Map<number, number[]>();
    for (let y = top; y < Math.min(top + 6, height); y++) {
      for (let x = 0; x < width; x++) {
        const colour = colourOf(x, y);
        const row = rows.get(colour) ?? new Array<number>(width).fill(0);
        row[x]! |= 1 << (y - top);
        rows.set(colour, row);
      }
    }
    for (const [colour, row] of rows)
      text += `#${colour}${row.map((bits) => String.fromCharCode(63 + bits)).join('')}$`;
    text += '-';
  }
  return `${text}\x1b\\\n`;
}
