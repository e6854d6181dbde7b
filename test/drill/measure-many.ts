// `npm start` under many conversations at once, as their viewers see it: `node test/drill/measure-many.ts [conversations [minutes]]`.
// First one conversation alone (a reply with a picture after the other, ten turns), then many for some minutes: nothing may fail,
// whoever waits is shown a place, and together they get at least what one after the other would.
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../infra/local/free-port.ts';
import { eventually } from '../harness/eventually.ts';
import { httpDoor } from '../harness/doors.ts';
import { machineName } from './machine-name.ts';
import { startMachines } from './machines.ts';
import { timeMessage, type Timed } from './timed-message.ts';

const conversations = Number(process.argv[2] ?? 32);
const minutes = Number(process.argv[3] ?? 5);
const turnsPerConversation = 10;
const aloneConversations = 5;
const wishes = [
  'a red fox in the snow',
  'now make it night',
  'put a balloon in it',
  'make it rain',
  'now on a beach',
  'a blue car in the city',
  'make the car red',
  'in the morning',
  'without rain',
  'on a farm',
];
const options = { images: 'ALWAYS', maxTokens: 48, temperature: 0 };

const quantile = (values: readonly number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(q * (values.length - 1))] ?? NaN;
const both = (values: readonly number[]): string => [0.5, 0.95].map((q) => quantile(values, q).toFixed(0)).join(' / ');
const told = (messages: readonly Timed[], key: 'firstTextMs' | 'firstPreviewMs' | 'pictureMs' | 'endMs'): number[] =>
  messages.flatMap((message) => message[key] ?? []);

const previewShare = ({ placedMs = NaN, firstPreviewMs = NaN, pictureMs = NaN }: Timed): number =>
  (firstPreviewMs - placedMs) / (pictureMs - placedMs);

const folder = mkdtempSync(path.join(tmpdir(), 'gill-many-'));
try {
  await using machines = await startMachines(folder, await freePort());
  const { url } = machines;
  await eventually(async () => {
    const { data } = await httpDoor(url).request({ query: '{ capabilities { conditionings } }' });
    return (
      (data?.['capabilities'] as { conditionings?: string[] } | undefined)?.conditionings?.includes('GILL') ?? false
    );
  }, 120_000);
  await converse('warm', 1);

  const turns: Timed[][] = [];
  for (let n = 0; n < aloneConversations; n++) turns.push(await converse(`alone ${n}`, turnsPerConversation));
  const alone = turns.flat();
  const aloneMs = alone.reduce((sum, { endMs }) => sum + endMs, 0) / alone.length;

  const startedAt = performance.now();
  const over = startedAt + minutes * 60_000;
  const failures: string[] = [];
  const ended = (
    await Promise.all(
      Array.from({ length: conversations }, async (_, user) => {
        const mine: Timed[] = [];
        while (performance.now() < over)
          mine.push(...(await converse(`${user} of many`, turnsPerConversation, over, user)));
        return mine;
      }),
    )
  ).flat();
  const tookMs = performance.now() - startedAt;
  for (const { status } of [...alone, ...ended]) if (status !== 'COMPLETED') failures.push(status);

  const place = (n: number): number =>
    quantile(
      turns.flatMap((each) => each[n]?.firstTextMs ?? []),
      0.5,
    );
  const share = (ended.length / tookMs) * aloneMs;
  console.log(`
${new Date().toISOString().slice(0, 10)}, ${machineName()}, load ${loadavg()[0]!.toFixed(1)}

| what, from the mutation on | one conversation, p50 / p95 ms | ${conversations} at once for ${minutes} minutes, p50 / p95 ms |
| --- | --- | --- |
| first text | ${both(told(alone, 'firstTextMs'))} | ${both(told(ended, 'firstTextMs'))} |
| first preview | ${both(told(alone, 'firstPreviewMs'))} | ${both(told(ended, 'firstPreviewMs'))} |
| picture | ${both(told(alone, 'pictureMs'))} | ${both(told(ended, 'pictureMs'))} |
| end | ${both(told(alone, 'endMs'))} | ${both(told(ended, 'endMs'))} |
| messages | ${alone.length} | ${ended.length}, ${ended.filter((each) => each.place > 0).length} of them shown a place in the queue, ${failures.length} failed |

First text of the tenth turn with pictures, to the second's: ${place(9).toFixed(0)} to ${place(1).toFixed(0)} ms, ${(place(9) / place(1)).toFixed(2)} × (≤ 1.2 ×)
First preview, to the whole picture, both from its place in the reply on: ${quantile(alone.map(previewShare), 0.5).toFixed(2)} × (≤ 0.3 ×)
Messages a second, to one conversation's: ${share.toFixed(2)} × (≥ 0.9 ×)
Resident memory afterwards: ${(Object.values(machines.residentBytes()).reduce((sum, bytes) => sum + bytes, 0) / 1e6).toFixed(0)} MB`);
  if (failures.length > 0) process.exitCode = 1;

  /** @param until when no further turn is begun @param from of the wishes, so that not all ask for the same */
  async function converse(name: string, count: number, until = Infinity, from = 0): Promise<Timed[]> {
    const mine: Timed[] = [];
    for (let turn = 0; turn < count && performance.now() < until; turn++) {
      const words = `${wishes[(turn + from) % wishes.length]!}${turn === 0 ? ` (${name})` : ''}`;
      mine.push(await timeMessage(url, words, options, mine[0]?.conversationId));
    }
    return mine;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
