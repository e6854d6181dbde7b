// Entry of `cdk synth` and `cdk deploy`: options from the command line, the stack, and the rules it is held against. A
// finding that is not acknowledged with a reason stops the synthesis.
import path from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readOptions } from './options.ts';
import { buildStack } from './stack.ts';

const app = new App();
const region = process.env['CDK_DEFAULT_REGION'];
const account = process.env['CDK_DEFAULT_ACCOUNT'];
buildStack(app, {
  ...readOptions((key): unknown => app.node.tryGetContext(key)),
  buildFolder: path.join(app.outdir, 'build'),
  ...(region && account ? { env: { region, account } } : {}),
});
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
