// Whether AUTO shows a picture where one is wanted, and only there: turns written by hand through the language function as it is
// served. Must never read the gate past it: what counts is the picture that a reply announces.
import { identify } from '../harness/identify.ts';
import { countedShare } from '../metrics/wilson.ts';
import { openSpeak } from '../model/speak.ts';
import { readText } from '../sets/parse-data.ts';
import { parseHandTurns, type HandTurn } from '../sets/hand-turns.ts';

export const biases = [-1, 0, 1] as const;
type Bias = (typeof biases)[number];

/** Whether the reply to a turn announced a picture. */
export type Shows = (turn: HandTurn, imageBias: Bias) => Promise<boolean>;

/**
 * Tables of precision and recall, and the turns that were answered wrongly.
 * @throws {AppError} INVALID, MODEL_UNAVAILABLE; the signal's reason
 */
export async function describeGate(
  modelFolder: string,
  file: string,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<string> {
  const turns = parseHandTurns(await readText(file), file);
  const { model, settings } = await identify(modelFolder, file);
  await using speaker = await openSpeak(model, { keeps: 'prefix' });
  let asked = 0;
  const shows: Shows = async (turn, imageBias) => {
    signal.throwIfAborted();
    if (++asked % 50 === 0) say(`${asked} of ${turns.length * biases.length} replies`);
    const { image } = await speaker.speak(turn.turns, 'AUTO', 0n, signal, { imageBias, maxTokens: 1 });
    return image !== undefined;
  };
  const settingsLine = Object.entries(settings)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
  return `${settingsLine}\n\n${await gateTables(turns, shows)}`;
}

interface Counts {
  readonly wanted: number;
  readonly shown: number;
  /** Both. */
  readonly hits: number;
}

export async function gateTables(turns: readonly HandTurn[], shows: Shows): Promise<string> {
  const shown = new Map<Bias, ReadonlySet<HandTurn>>();
  for (const bias of biases) {
    const these = new Set<HandTurn>();
    for (const turn of turns) if (await shows(turn, bias)) these.add(turn);
    shown.set(bias, these);
  }
  const count = (some: readonly HandTurn[], bias: Bias): Counts => {
    const those = some.filter((turn) => shown.get(bias)!.has(turn));
    return {
      wanted: some.filter(({ wanted }) => wanted).length,
      shown: those.length,
      hits: those.filter(({ wanted }) => wanted).length,
    };
  };
  const wrong = turns.filter((turn) => shown.get(0)!.has(turn) !== turn.wanted);
  return [
    tableOf('imageBias', biases.map((bias) => [signed(bias), count(turns, bias)])), // prettier-ignore
    'At an imageBias of 0, by what goes before the turn:',
    tableOf('behind', (['nothing', 'picture', 'words'] as const).map((behind) => [behind, count(turns.filter((turn) => turn.behind === behind), 0)])), // prettier-ignore
    `Wrong at 0: ${wrong.length} of ${turns.length}.`,
    ...(wrong.length > 0 ? [wrong.map(lineOf).join('\n')] : []),
  ].join('\n\n');
}

function tableOf(what: string, rows: readonly (readonly [string, Counts])[]): string {
  return [
    `| ${what} | wanted | shown | both | precision | recall |`,
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.map(([name, { wanted, shown, hits }]) => `| ${name} | ${wanted} | ${shown} | ${hits} | ${shareOf(hits, shown)} | ${shareOf(hits, wanted)} |`), // prettier-ignore
  ].join('\n');
}

function shareOf(hits: number, of: number): string {
  const share = countedShare(hits, of);
  return share ? `${share.value.toFixed(3)} [${share.low.toFixed(3)}, ${share.high.toFixed(3)}]` : '–';
}

const signed = (bias: number): string => (bias > 0 ? `+${bias}` : String(bias).replace('-', '−'));
const lineOf = ({ wanted, said, behind }: HandTurn): string =>
  `- ${wanted ? 'missed' : 'shown without need'}${behind === 'nothing' ? '' : `, behind ${behind === 'picture' ? 'a picture' : 'words'}`}: ${said}`;
