// `npm run cost -- --messages 1000 --pictures 400 [--gpu external …]`: what a month would cost, as a table. Takes what a
// deployment may choose (cdk/options.ts) and what the work is (cdk/cost/estimate.ts). Must never touch an account.
import { parseArgs } from 'node:util';
import { readOptions } from '../options.ts';
import { assumed, estimate, printTable, type Work } from './estimate.ts';

const choices = [
  'api',
  'database',
  'gpu',
  'spot',
  'keepWarmSeconds',
  'containerInsights',
  'llmUrl',
  'diffusionUrl',
] as const;
const amounts = Object.keys(assumed) as (keyof Work)[];

try {
  const { values } = parseArgs({
    options: Object.fromEntries([...choices, ...amounts].map((name) => [name, { type: 'string' as const }])),
  });
  const given = { llmUrl: 'https://elsewhere', diffusionUrl: 'https://elsewhere', ...values };
  const options = readOptions((key) => given[key as keyof typeof given]);
  const work = Object.fromEntries(amounts.map((name) => [name, amount(name, values[name])])) as unknown as Work;
  console.log(printTable(estimate(options, work)));
} catch (thrown) {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exitCode = 1;
}

function amount(name: keyof Work, value: string | boolean | undefined): number {
  const number = Number(value ?? assumed[name]);
  if (!Number.isFinite(number) || number < 0 || (name === 'parallel' && number < 1))
    throw new Error(`--${name} ${String(value)} must be a number, ${name === 'parallel' ? '1' : '0'} or more`);
  return number;
}
