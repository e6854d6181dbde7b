// `node test/drill/cdk-variants.ts`: synthesizes every variant of the AWS stack and holds each against the rules that hold
// for all. Prints a table for docs/operations.md.
import { coerceError } from '../../core/app-error.ts';
import { checkOrder, checkStack, idleFreeTypes } from '../harness/check-stack.ts';
import { synthesize } from '../harness/synthesize.ts';
import { machineName } from './machine-name.ts';

const urls = { llmUrl: 'https://llm.example', diffusionUrl: 'https://diffusion.example' };
const variants: readonly Readonly<Record<string, string>>[] = [
  {},
  { spot: 'true', maxWorkers: '8', alarmEmail: 'ops@example.com' },
  { api: 'fargate' },
  { api: 'fargate', certificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/one' },
  {
    oidcIssuer: 'https://issuer.example',
    oidcAudience: 'gill',
    dailyComputeSeconds: '600',
    tracesEndpoint: 'https://traces.example',
  },
  { database: 'aurora' },
  { gpu: 'sagemaker-async' },
  { gpu: 'external', ...urls },
  { api: 'fargate', database: 'aurora', gpu: 'sagemaker-async' },
  { api: 'fargate', gpu: 'external', ...urls },
];
const refused: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
  [{ gpu: 'tpu' }, /-c gpu=tpu must be one of ecs, sagemaker-async, external/],
  [{ database: 'aurora', api: 'web' }, /use -c api=fargate/],
  [{ certificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/one' }, /is for -c api=fargate/],
  [{ gpu: 'external' }, /needs -c llmUrl/],
];

let failures = 0;
const fail = (what: string, why: string): void => {
  failures++;
  console.log(`FAILED ${what}: ${why}`);
};
const named = (options: Readonly<Record<string, string>>): string =>
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
  } catch (thrown) {
    fail(named(options), coerceError(thrown).message);
  }
  failures += stack.findings.length;
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
