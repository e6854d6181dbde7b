// The stack that `cdk deploy` makes without options: no finding, nothing that bills while idle, nobody with more rights than
// needed, and data that outlives the stack. What it looks like on a real account is not known here.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkStack, idleFreeTypes } from '../../harness/check-stack.ts';
import { synthesize } from '../../harness/synthesize.ts';

const carelessScript = `
  import { App, Validations, aws_sqs as sqs, Stack } from 'aws-cdk-lib';
  import { AwsSolutionsChecks } from 'cdk-nag';
  const app = new App();
  new sqs.Queue(new Stack(app, 'Gill'), 'Careless');
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();`;

const [stack, careless] = await Promise.all([synthesize(), synthesize({}, carelessScript)]);

test('synthesizes without account or network, and nothing is found against it', () => {
  assert.equal(stack.exitCode, 0, stack.output);
  assert.deepEqual(stack.findings, []);
});

test('a careless resource is found: the checks do look', () => {
  assert.notEqual(careless.exitCode, 0);
  assert.ok(
    careless.findings.some((rule) => rule.includes('SQS')),
    careless.findings.join(),
  );
});

test('rights, buckets and queues are as in every variant', () => checkStack(stack));

test('costs nothing while idle', () => {
  for (const type of idleFreeTypes) assert.equal(stack.ofType(type).length, 0, `${type} bills by the hour`);
  const endpoints = stack.ofType('AWS::EC2::VPCEndpoint').map(({ Properties }) => Properties['VpcEndpointType']);
  assert.deepEqual(endpoints, ['Gateway'], 'an interface endpoint bills by the hour');
  const [service] = stack.ofType('AWS::ECS::Service');
  assert.equal(service?.Properties['DesiredCount'], 0, 'a worker would be started by the deployment itself');
});

test('a worker has one GPU, a read-only root, no way in, and two minutes to stop', () => {
  const [task] = stack.ofType('AWS::ECS::TaskDefinition');
  const { NetworkMode, RequiresCompatibilities, ContainerDefinitions } = task!.Properties;
  assert.equal(NetworkMode, 'host');
  assert.deepEqual(RequiresCompatibilities, ['MANAGED_INSTANCES']);
  const [container] = ContainerDefinitions;
  assert.deepEqual(container.ResourceRequirements, [{ Type: 'GPU', Value: '1' }]);
  assert.equal(container.ReadonlyRootFilesystem, true);
  assert.equal(container.StopTimeout, 120);
  const [capacity] = stack.ofType('AWS::ECS::CapacityProvider');
  const { ScaleInAfter } = capacity!.Properties['ManagedInstancesProvider'].InfrastructureOptimization;
  assert.equal(ScaleInAfter, 300, 'an idle instance must go');
  for (const { Properties } of stack.ofType('AWS::EC2::SecurityGroup'))
    assert.equal(Properties['SecurityGroupIngress'], undefined);
  assert.equal(stack.ofType('AWS::EC2::SecurityGroupIngress').length, 0);
  assert.equal(stack.ofType('AWS::ECS::Service')[0]?.Properties['NetworkConfiguration'], undefined);
});

test('the API streams as long as the service allows and checks tokens itself', () => {
  const [revision] = stack.ofType('AWS::Lambda::WebFunctionRevision');
  assert.equal(revision?.Properties['ServiceConfig'].TimeoutSeconds, 900);
  assert.equal(stack.ofType('AWS::Lambda::WebFunctionEndpoint')[0]?.Properties['AuthType'], 'ApplicationManaged');
  assert.doesNotMatch(stack.template, /AUTH_TOKENS"/, 'a token would stand in the template');
});
