// Entry of `cdk synth` and `cdk deploy`: options from the command line, the stack, and the rules it is held against. A
// finding that is not acknowledged with a reason stops the synthesis.
import path from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { assumed, estimate, printTable } from './cost/estimate.ts';
import { readOptions } from './options.ts';
import { buildStack } from './stack.ts';

const app = new App();
const options = readOptions((key): unknown => app.node.tryGetContext(key));
// before anything is deployed: what it will cost, on the side where no program reads it
process.stderr.write(`${printTable(estimate(options, assumed))}\n`);
if (options.api === 'fargate' && options.certificateArn === undefined)
  process.stderr.write(
    'plain HTTP: every token can be read on its way. Give -c certificateArn=… (docs/operations.md)\n',
  );
const region = process.env['CDK_DEFAULT_REGION'];
const account = process.env['CDK_DEFAULT_ACCOUNT'];
buildStack(app, {
  ...options,
  buildFolder: path.join(app.outdir, 'build'),
  ...(region && account ? { env: { region, account } } : {}),
});
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
