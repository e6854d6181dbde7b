// Text that grows and a status line below it, on a terminal; elsewhere only the text, so that it can be piped. Text is
// data: control characters in it never reach the terminal.

export interface LiveScreen {
  /** Adds to the running text. */
  readonly append: (text: string) => void;
  /** Replaces the line below the text; undefined takes it away. */
  readonly status: (line: string | undefined) => void;
  /** A line of its own, after the text. */
  readonly print: (line: string) => void;
}

export function createLiveScreen(write: (text: string) => void, columns: number | undefined): LiveScreen {
  const width = columns === undefined ? undefined : Math.max(20, columns - 1);
  let line = '';
  let shown: string | undefined;
  let wanted: string | undefined;

  /** Takes status and running line away, so that both can be written anew. */
  const erase = (): string => (shown === undefined ? '\r\x1b[K' : '\r\x1b[K\x1b[1A\r\x1b[K');

  function draw(before: string): void {
    const status = wanted === undefined ? '' : `\n${wanted.slice(0, width)}`;
    write(`${before}${line}${status}`);
    shown = wanted;
  }

  return {
    append(text) {
      const safe = text.replace(/[^\P{Cc}\n]/gu, ' ');
      if (width === undefined) {
        write(safe);
        if (safe !== '') line = safe.endsWith('\n') ? '' : safe;
        return;
      }
      let finished = erase();
      for (const character of safe) {
        if (character === '\n') {
          finished += `${line}\n`;
          line = '';
          continue;
        }
        line += character;
        if (line.length < width) continue;
        // a whole word moves to the next line where there is one
        const cut = line.lastIndexOf(' ') + 1 || line.length;
        finished += `${line.slice(0, cut)}\n`;
        line = line.slice(cut);
      }
      draw(finished);
    },
    status(text) {
      if (width === undefined || text === wanted) return;
      wanted = text;
      draw(erase());
    },
    print(text) {
      if (width === undefined) {
        write(`${line === '' ? '' : '\n'}${text}\n`);
        line = '';
        return;
      }
      const finished = `${erase()}${line === '' ? '' : `${line}\n`}${text}\n`;
      line = '';
      draw(finished);
    },
  };
}
