// The stack that `cdk deploy` makes without options: no finding, nothing that bills while idle, nobody with more rights than
// needed, and data that outlives the stack. What it looks like on a real account is not known here.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkIdle, checkOrder, checkStack, idleFreeTypes, type Resources } from '../../harness/check-stack.ts';
import { synthesize, type Resource } from '../../harness/synthesize.ts';

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

test('a deployment has an order: the schema waits for the database, the program for the schema', () => {
  checkOrder(stack.template);
  const hasty = JSON.parse(stack.template) as { Resources: Record<string, Resource & { DependsOn?: unknown }> };
  for (const resource of Object.values(hasty.Resources)) delete resource.DependsOn;
  assert.throws(() => checkOrder(JSON.stringify(hasty)), /does not wait for the schema/);
});

test('costs nothing while idle', () => checkIdle(stack));

type Template = Record<string, Resource>;
type Break = (resources: Template, of: (type: string) => Resource[]) => void;

/** The stack with one thing wrong. */
function broken(change: Break): Resources {
  const { Resources: resources } = JSON.parse(stack.template) as { Resources: Template };
  const ofType = (type: string): Resource[] => Object.values(resources).filter((each) => each.Type === type);
  change(resources, ofType);
  return { ofType, template: JSON.stringify({ Resources: resources }) };
}
const statementsOf = (resource: Resource | undefined) =>
  resource!.Properties['PolicyDocument'].Statement as Record<string, unknown>[];
const addStatement =
  (statement: object): Break =>
  (_, of) =>
    void statementsOf(of('AWS::IAM::Policy')[0]).push({ Effect: 'Allow', ...statement });
const bucketPolicyWithout =
  (key: string): Break =>
  (_, of) => {
    const [policy] = of('AWS::S3::BucketPolicy');
    policy!.Properties['PolicyDocument'].Statement = statementsOf(policy).filter(
      (statement) => !JSON.stringify(statement).includes(key),
    );
  };
const bucketWithout =
  (property: string): Break =>
  (_, of) =>
    void Reflect.deleteProperty(of('AWS::S3::Bucket')[0]!.Properties, property);

const breaks: readonly [string, Break][] = [
  ['every action', addStatement({ Action: '*', Resource: 'arn:aws:s3:::x' })],
  ['every action of a service', addStatement({ Action: ['s3:GetObject', 'sqs:*'], Resource: 'arn:aws:s3:::x' })],
  ['every resource', addStatement({ Action: 's3:GetObject', Resource: '*' })],
  [
    'a second owner of the database',
    (_, of) =>
      of('AWS::IAM::Policy')
        .slice(0, 2)
        .forEach((policy) => statementsOf(policy).push({ Action: 'dsql:DbConnectAdmin', Resource: 'arn:x' })),
  ],
  [
    'a bucket that goes with the stack',
    (_, of) => void Object.assign(of('AWS::S3::Bucket')[0]!, { DeletionPolicy: 'Delete' }),
  ],
  ['a public bucket', bucketWithout('PublicAccessBlockConfiguration')],
  ['a bucket in the clear', bucketWithout('BucketEncryption')],
  ['a bucket without lifecycle', bucketWithout('LifecycleConfiguration')],
  ['a bucket over plain HTTP', bucketPolicyWithout('aws:SecureTransport')],
  ['a bucket over old TLS', bucketPolicyWithout('s3:TlsVersion')],
  [
    'previews and uploads that are kept',
    (_, of) => {
      for (const bucket of of('AWS::S3::Bucket'))
        for (const rule of bucket.Properties['LifecycleConfiguration'].Rules as Record<string, unknown>[])
          if (rule['ExpirationInDays'] === 1) rule['ExpirationInDays'] = 2;
    },
  ],
  [
    'a GPU that nobody names',
    (_, of) => {
      const [container] = of('AWS::ECS::TaskDefinition')[0]!.Properties['ContainerDefinitions'] as [
        { Environment: { Name: string }[] },
      ];
      container.Environment = container.Environment.filter(({ Name }) => Name !== 'DEVICE');
    },
  ],
  ['a queue in the clear', (_, of) => void (of('AWS::SQS::Queue')[0]!.Properties['SqsManagedSseEnabled'] = false)],
  [
    'a queue over plain HTTP',
    (resources) => {
      const [name] = Object.entries(resources).find(([, { Type }]) => Type === 'AWS::SQS::QueuePolicy')!;
      Reflect.deleteProperty(resources, name);
    },
  ],
  [
    'a database that goes with the stack',
    (_, of) => void Object.assign(of('AWS::DSQL::Cluster')[0]!, { DeletionPolicy: 'Delete' }),
  ],
];
const idleBreaks: readonly [string, Break][] = [
  ...idleFreeTypes.map((Type): [string, Break] => [
    Type,
    (resources) => void (resources['New'] = { Type, Properties: {} }),
  ]),
  [
    'an interface endpoint',
    (resources) =>
      void (resources['New'] = { Type: 'AWS::EC2::VPCEndpoint', Properties: { VpcEndpointType: 'Interface' } }),
  ],
  [
    'metrics of ECS',
    (_, of) =>
      void (of('AWS::ECS::Cluster')[0]!.Properties['ClusterSettings'] = [
        { Name: 'containerInsights', Value: 'enabled' },
      ]),
  ],
  ['a warm worker', (_, of) => void (of('AWS::ECS::Service')[0]!.Properties['DesiredCount'] = 1)],
];

test('each of these checks fails once what it looks at is broken', () => {
  checkStack(broken(() => undefined));
  checkIdle(broken(() => undefined));
  for (const [what, change] of breaks) assert.throws(() => checkStack(broken(change)), assert.AssertionError, what);
  for (const [what, change] of idleBreaks) assert.throws(() => checkIdle(broken(change)), assert.AssertionError, what);
});

test('bells wait as long as the queue can hold them, so that the alarm about their age stays until they are taken', () => {
  const [name] = Object.entries((JSON.parse(stack.template) as { Resources: Template }).Resources).find(
    ([, { Type, Properties }]) => Type === 'AWS::CloudWatch::Alarm' && Properties['Threshold'] === 900,
  )!;
  assert.match(name, /OldestBell/);
  for (const { Properties } of stack.ofType('AWS::SQS::Queue'))
    assert.equal(Properties['MessageRetentionPeriod'], 14 * 86_400, 'the alarm would say that all is well again');
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
