// Turns the JSON lines of all processes into one log for people: time, component, level, message, a few fields. Must never
// let a log line move the cursor or colour the terminal by itself.

/** Kept short: who needs all of it reads the JSON that the processes write. */
const maxValueLength = 240;

export interface Printer {
  /** One line as a process wrote it: JSON of core/log.ts, or anything else, such as the trace of a crash. */
  readonly line: (component: string, line: string) => void;
}

export function createPrinter(write: (text: string) => void, colours: boolean): Printer {
  return { line: (component, line) => write(`${format(component, line, colours)}\n`) };
}

/** NO_COLOR, see no-color.org. */
export const wantsColours = (isTerminal: boolean, env: NodeJS.ProcessEnv): boolean =>
  isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb';

export interface LogRecord {
  readonly level: string;
  readonly time: number;
  readonly msg?: string;
  readonly component?: string;
  readonly [field: string]: unknown;
}

const shades: Readonly<Record<string, string>> = {
  debug: '\x1b[2m',
  info: '\x1b[32m',
  warn: '\x1b[33m',
  error: '\x1b[31m',
};

export function format(component: string, line: string, colours: boolean): string {
  const record = parse(line);
  const paint = (shade: string, text: string): string => (colours ? `${shade}${text}\x1b[0m` : text);
  const { level, time, msg, component: own, ...fields } = record ?? { level: 'warn', time: Date.now(), msg: line };
  const columns = [
    paint('\x1b[2m', clock(time)),
    paint('\x1b[36m', (own ?? component).padEnd(8)),
    paint(shades[level] ?? '', level.padEnd(5)),
    escapeControls(msg ?? ''),
    ...Object.entries(fields)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => paint('\x1b[2m', `${name}=${brief(value)}`)),
  ];
  return columns.join(' ').trimEnd();
}

/** @returns undefined for a line that is no log record */
export function parse(line: string): LogRecord | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(line) as Partial<LogRecord>;
    return typeof value.level === 'string' && typeof value.time === 'number' ? (value as LogRecord) : undefined;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

function clock(timeMs: number): string {
  const date = new Date(timeMs);
  const two = (n: number): string => String(n).padStart(2, '0');
  const milliseconds = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${milliseconds}`;
}

function brief(value: unknown): string {
  const text = isError(value)
    ? JSON.stringify(chain(value))
    : typeof value === 'string'
      ? quoted(value)
      : JSON.stringify(value);
  return escapeControls(text.length > maxValueLength ? `${text.slice(0, maxValueLength)}…` : text);
}

const quoted = (text: string): string => (/^[\w.:/@+-]+$/.test(text) ? text : JSON.stringify(text));

interface LoggedError {
  readonly message: string;
  readonly cause?: unknown;
}

const isError = (value: unknown): value is LoggedError =>
  typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string';

/** A message that already says what its cause says is enough. */
const chain = ({ message, cause }: LoggedError): string => {
  if (!isError(cause)) return message;
  const inner = chain(cause);
  return message.includes(inner) ? message : `${message}: ${inner}`;
};

const escapeControls = (text: string): string =>
  text.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
