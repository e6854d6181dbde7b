// `node beside-text.ts <command …>`: runs a command while our engine writes text, and adds to its answer how fast the text came. The
// command prints `drawing` when what counts begins, and one JSON line when it is over.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { createTurns } from '../functions/engine/turns.ts';
import type { Drawn } from './picture.ts';
import { openWriter } from './writer.ts';

const writer = await openWriter(createTurns());
const [command, ...given] = process.argv.slice(2);
const child = spawn(command!, given, { stdio: ['ignore', 'pipe', 'inherit'] });
let [from, startedAt, answer] = [0, 0, ''];
for await (const line of createInterface({ input: child.stdout })) {
  if (line === 'drawing') [from, startedAt] = [writer.tokens(), performance.now()];
  else answer = line;
}
if (answer === '') throw new Error(`${command} answered nothing`);
const tokensPerSecond = ((writer.tokens() - from) * 1000) / (performance.now() - startedAt);
const drawn: Drawn = { ...(JSON.parse(answer) as Drawn), tokensPerSecond };
console.log(JSON.stringify(drawn));
process.exit(0); // ONNX Runtime's threads would keep the process
