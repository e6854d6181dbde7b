// The first part of `npm run drill`, or `node test/drill/cdk-variants.ts` alone: synthesizes every variant of the AWS stack and
// holds each against the rules that hold for all. Prints a table for docs/operations.md.
import { coerceError } from '../../core/app-error.ts';
import { checkIdle, checkOrder, checkStack, idleFreeTypes } from '../harness/check-stack.ts';
import { synthesize } from '../harness/synthesize.ts';
import { machineName } from './machine-name.ts';

const urls = { llmUrl: 'https://llm.example', diffusionUrl: 'https://diffusion.example' };
const certificateArn = 'arn:aws:acm:us-east-1:111122223333:certificate/one';
type Chosen = Readonly<Record<string, string>>;
const hosts: readonly Chosen[] = [{}, { api: 'fargate' }, { api: 'fargate', database: 'aurora' }];
const gpus: readonly Chosen[] = [{}, { gpu: 'sagemaker-async' }, { gpu: 'external', ...urls }];
/** Every choice beside every other that it goes with, and then what can be added to each. */
const variants: readonly Chosen[] = [
  ...hosts.flatMap((host) => gpus.map((gpu) => ({ ...host, ...gpu }))),
  { database: 'aurora' },
  { gpu: 'external', ...urls, visionUrl: 'https://vision.example' },
  { spot: 'true', maxWorkers: '8', keepWarmSeconds: '60', alarmEmail: 'ops@example.com', monthlyBudgetUsd: '5' },
  { api: 'fargate', certificateArn, containerInsights: 'true' },
  {
    oidcIssuer: 'https://issuer.example',
    oidcAudience: 'gill',
    dailyComputeSeconds: '600',
    tracesEndpoint: 'https://traces.example',
  },
];
const refused: readonly (readonly [Chosen, RegExp])[] = [
  [{ gpu: 'tpu' }, /-c gpu=tpu must be one of ecs, sagemaker-async, external/],
  [{ database: 'aurora', api: 'web' }, /use -c api=fargate/],
  [{ certificateArn }, /is for -c api=fargate/],
  [{ gpu: 'external' }, /needs -c llmUrl/],
];

let failures = 0;
const fail = (what: string, why: string): void => {
  failures++;
  console.log(`FAILED ${what}: ${why}`);
};
const named = (options: Chosen): string =>
  Object.entries(options)
    .map(([key, value]) => `-c ${key}=${value}`)
    .join(' ') || 'default';

console.log(`${new Date().toISOString().slice(0, 10)}, ${machineName()}\n`);
console.log('| variant | resources | findings | bills while idle |\n| --- | --- | --- | --- |');
for (const options of variants) {
  const stack = await synthesize(options);
  if (stack.exitCode !== 0) fail(named(options), stack.output);
  try {
    checkStack(stack);
    checkOrder(stack.template);
    if (Object.keys(options).length === 0) checkIdle(stack);
  } catch (thrown) {
    fail(named(options), coerceError(thrown).message);
  }
  if (stack.findings.length > 0) fail(named(options), stack.findings.join(' '));
  const { Resources = {} } = JSON.parse(stack.template) as { Resources?: object };
  const billed = idleFreeTypes.filter((type) => stack.ofType(type).length > 0).map((type) => type.split('::').at(-1));
  console.log(
    `| ${named(options)} | ${Object.keys(Resources).length} | ${stack.findings.join(' ') || 0} | ${billed.join(', ') || 'nothing'} |`,
  );
}
for (const [options, says] of refused) {
  const { exitCode, output } = await synthesize(options);
  if (exitCode === 0 || !says.test(output)) fail(named(options), 'was not refused by name');
}
console.log(failures === 0 ? '\nevery variant holds' : `\n${failures} failures`);
process.exitCode = failures > 0 ? 1 : 0;
