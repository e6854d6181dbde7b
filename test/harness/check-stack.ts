// What holds for the AWS stack in every variant.
import assert from 'node:assert/strict';
import type { Resource, Synthesized } from './synthesize.ts';

/** Types that bill while nobody asks. */
export const idleFreeTypes = [
  'AWS::EC2::NatGateway',
  'AWS::EC2::EIP',
  'AWS::ElasticLoadBalancingV2::LoadBalancer',
  'AWS::RDS::DBInstance',
  'AWS::RDS::DBCluster',
  'AWS::ElastiCache::ServerlessCache',
  'AWS::SageMaker::Endpoint',
  'AWS::KMS::Key',
  'AWS::WAFv2::WebACL',
  'AWS::SecretsManager::Secret',
  'AWS::Lambda::CapacityProvider',
];

export type Resources = Pick<Synthesized, 'ofType' | 'template'>;

export function checkStack(stack: Resources): void {
  checkRights(stack);
  checkOwner(stack);
  checkBuckets(stack);
  checkGpus(stack);
  for (const { Properties } of stack.ofType('AWS::SQS::Queue')) assert.equal(Properties['SqsManagedSseEnabled'], true);
  assert.equal(stack.ofType('AWS::SQS::QueuePolicy').length, 2, 'both queues refuse what is not TLS');
  for (const { DeletionPolicy } of [...stack.ofType('AWS::DSQL::Cluster'), ...stack.ofType('AWS::RDS::DBCluster')])
    assert.equal(DeletionPolicy, 'Retain');
}

/** What the default must not hold, and must not start by itself. */
export function checkIdle(stack: Resources): void {
  for (const type of idleFreeTypes) assert.equal(stack.ofType(type).length, 0, `${type} bills by the hour`);
  const endpoints = stack.ofType('AWS::EC2::VPCEndpoint').map(({ Properties }) => Properties['VpcEndpointType']);
  assert.deepEqual(endpoints, ['Gateway'], 'an interface endpoint bills by the hour');
  const services = stack.ofType('AWS::ECS::Service').map(({ Properties }) => Properties['DesiredCount']);
  assert.deepEqual(services, [0], 'a worker would be started by the deployment itself');
  const settings = JSON.stringify(
    stack.ofType('AWS::ECS::Cluster').map(({ Properties }) => Properties['ClusterSettings']),
  );
  assert.equal(settings, '[[{"Name":"containerInsights","Value":"disabled"}]]', 'metrics of ECS bill by the hour');
}

/** Types that run our program, or are what a deployment makes of it. */
const programTypes = /^AWS::(ECS::Service|Lambda::WebFunction|SageMaker::Endpoint)$/;

/** The order of a deployment: the schema waits for a database that answers, and the program for the schema. */
export function checkOrder(template: string): void {
  const { Resources } = JSON.parse(template) as { Resources: Record<string, Resource> };
  const ofType = (type: RegExp): string[] => Object.keys(Resources).filter((name) => type.test(Resources[name]!.Type));
  const needsOf = (name: string, found = new Set<string>()): ReadonlySet<string> => {
    for (const each of namesIn(Resources[name])) {
      if (found.has(each) || !(each in Resources)) continue;
      found.add(each);
      needsOf(each, found);
    }
    return found;
  };
  const [schema = '', ...others] = ofType(/^Custom::Schema$/);
  assert.ok(schema && others.length === 0);
  for (const database of ofType(/^AWS::(DSQL::Cluster|RDS::DBInstance)$/))
    assert.ok(needsOf(schema).has(database), `the schema does not wait for ${database}`);
  const programs = ofType(programTypes);
  assert.ok(programs.length > 0);
  for (const program of programs) assert.ok(needsOf(program).has(schema), `${program} does not wait for the schema`);
}

/** Whatever a resource refers to by name, in its properties or beside them. */
function namesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'Ref' && typeof inner === 'string') return [inner];
    if (key === 'DependsOn') return [inner].flat() as string[];
    if (key === 'Fn::GetAtt') return [String([inner].flat()[0]).split('.')[0]!];
    if (key === 'Fn::Sub') return [...JSON.stringify(inner).matchAll(/\$\{(\w+)/g)].map(([, name]) => name!);
    return namesIn(inner);
  });
}

/** No action is `*`, and a service's every action never is either; every resource only where the service knows no other. */
function checkRights(stack: Resources): void {
  const withoutResource = [
    'ecr:GetAuthorizationToken',
    'logs:CreateLogGroup',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    'logs:DescribeLogStreams',
    'cloudwatch:PutMetricData',
  ];
  const documents = [
    ...stack.ofType('AWS::IAM::Policy').map(({ Properties }) => Properties['PolicyDocument']),
    ...stack
      .ofType('AWS::IAM::Role')
      .flatMap(({ Properties }) => (Properties['Policies'] ?? []) as { PolicyDocument: object }[])
      .map(({ PolicyDocument }) => PolicyDocument),
  ] as { Statement: { Effect: string; Action: string | string[]; Resource: unknown }[] }[];
  assert.ok(documents.length > 3);
  for (const statement of documents.flatMap(({ Statement }) => Statement)) {
    const actions = [statement.Action].flat();
    for (const action of actions) {
      assert.doesNotMatch(action, /^(\*|[a-z0-9-]+:\*)$/, JSON.stringify(statement));
      if (statement.Resource === '*') assert.ok(withoutResource.includes(action), JSON.stringify(statement));
    }
  }
  const admins = documents.filter((document) => JSON.stringify(document).includes('DbConnectAdmin'));
  assert.ok(admins.length <= 1, 'only the migration owns the database');
}

type Policy = { Statement: { Action: string | string[]; Resource: unknown }[] };

/** A database's owner logs in with a secret: only what runs the migration may read it. */
function checkOwner(stack: Resources): void {
  const { Resources } = JSON.parse(stack.template) as { Resources: Record<string, Resource> };
  const all = Object.entries(Resources);
  const [owners, migrators] = [new Set<string>(), new Set<string>()];
  for (const [, { Type, Properties }] of all) {
    if (Type === 'AWS::RDS::DBCluster') for (const name of namesIn(Properties['MasterUserPassword'])) owners.add(name);
    if (Type === 'Custom::Schema')
      for (const name of namesIn(Properties['ServiceToken']))
        for (const role of namesIn(Resources[name]?.Properties['Role'])) migrators.add(role);
  }
  // read by the name of what binds it to the cluster, it is the same secret
  for (const [name, { Type, Properties }] of all)
    if (
      Type === 'AWS::SecretsManager::SecretTargetAttachment' &&
      namesIn(Properties['SecretId']).some((id) => owners.has(id))
    )
      owners.add(name);
  assert.equal(
    stack.ofType('AWS::RDS::DBCluster').length > 0,
    owners.size > 0,
    'the owner logs in with another secret',
  );
  for (const [policy, { Type, Properties }] of all) {
    if (Type !== 'AWS::IAM::Policy') continue;
    const { Statement } = Properties['PolicyDocument'] as Policy;
    const reads = Statement.some(
      ({ Action, Resource }) =>
        [Action].flat().includes('secretsmanager:GetSecretValue') && namesIn(Resource).some((name) => owners.has(name)),
    );
    const others = namesIn(Properties['Roles']).filter((role) => !migrators.has(role));
    assert.deepEqual(reads ? others : [], [], `${policy} may log in as the owner of the database`);
  }
}

/** Who pays for a GPU names it: one that cannot be used must end the worker, and not leave it to the processor. */
function checkGpus(stack: Resources): void {
  type Container = { ResourceRequirements?: object[]; Environment?: { Name: string; Value: string }[] };
  for (const { Properties } of stack.ofType('AWS::ECS::TaskDefinition'))
    for (const { ResourceRequirements = [], Environment = [] } of Properties['ContainerDefinitions'] as Container[]) {
      const device = Environment.find(({ Name }) => Name === 'DEVICE')?.Value;
      assert.equal(device, ResourceRequirements.length > 0 ? 'cuda' : undefined);
    }
  for (const { Properties } of stack.ofType('AWS::SageMaker::Model'))
    assert.equal(Properties['PrimaryContainer'].Environment.DEVICE, 'cuda');
}

function checkBuckets(stack: Resources): void {
  const buckets = stack.ofType('AWS::S3::Bucket');
  assert.equal(buckets.length, 3);
  for (const { Properties, DeletionPolicy } of buckets) {
    assert.equal(DeletionPolicy, 'Retain');
    assert.deepEqual(Properties['PublicAccessBlockConfiguration'], {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
    assert.ok(Properties['BucketEncryption']);
    const lifecycle = Properties['LifecycleConfiguration'] as { Rules: unknown[] } | undefined;
    assert.ok(lifecycle !== undefined && lifecycle.Rules.length > 0, 'what is left over stays for ever');
  }
  const policies = stack.ofType('AWS::S3::BucketPolicy');
  assert.equal(policies.length, 3);
  for (const policy of policies) {
    assert.ok(denies(policy, 'Bool', 'aws:SecureTransport', 'false'), 'plain HTTP is let in');
    assert.ok(denies(policy, 'NumericLessThan', 's3:TlsVersion', 1.2), 'old TLS is let in');
  }
  const rules = buckets.flatMap(({ Properties }) => Properties['LifecycleConfiguration'].Rules as Rule[]);
  for (const prefix of ['previews/', 'uploads/'])
    assert.equal(rules.find(({ Prefix }) => Prefix === prefix)?.ExpirationInDays, 1, `${prefix} is kept`);
}

interface Rule {
  readonly Prefix?: string;
  readonly ExpirationInDays?: number;
}

function denies(policy: Resource, operator: string, key: string, value: unknown): boolean {
  const { Statement } = policy.Properties['PolicyDocument'] as {
    Statement: {
      Effect: string;
      Action: unknown;
      Principal: { AWS?: unknown };
      Resource: unknown;
      Condition?: Record<string, Record<string, unknown>>;
    }[];
  };
  // everyone, every action, on the bucket and on what lies in it
  return Statement.some(
    ({ Effect, Action, Principal, Resource, Condition }) =>
      Effect === 'Deny' &&
      Action === 's3:*' &&
      Principal.AWS === '*' &&
      Array.isArray(Resource) &&
      Resource.length === 2 &&
      Condition?.[operator]?.[key] === value,
  );
}
