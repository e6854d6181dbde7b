// The database in a VPC: the program logs in with tokens of its roles, the migration alone as the owner, and the controller,
// which counts from outside the network, with a login that reads nine columns and no text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkOrder, checkStack, type Resources } from '../../harness/check-stack.ts';
import { synthesize, type Resource } from '../../harness/synthesize.ts';

const stack = await synthesize({ database: 'aurora' });
const { Resources: all } = JSON.parse(stack.template) as { Resources: Record<string, Resource> };
const nameOf = (type: string, has = ''): string =>
  Object.keys(all).find((name) => all[name]!.Type === type && JSON.stringify(all[name]).includes(has))!;
const counter = nameOf('AWS::SecretsManager::Secret', 'counting_gill');
const owner = nameOf('AWS::SecretsManager::Secret', 'owner');
const policyOf = (what: string): string => nameOf('AWS::IAM::Policy', `"Ref":"${what}Role`);

test('the controller counts with a secret of its own, which the migration gives to a login', () => {
  assert.equal(stack.exitCode, 0, stack.output);
  assert.deepEqual(stack.findings, []);
  checkStack(stack);
  checkOrder(stack.template);
  const controller = JSON.stringify(all[policyOf('Controller')]!.Properties['PolicyDocument']);
  assert.ok(controller.includes(`{"Ref":"${counter}"}`));
  const [schema] = stack.ofType('Custom::Schema');
  assert.deepEqual(schema!.Properties['countSecret'], { Ref: counter });
  const secrets = stack
    .ofType('AWS::Lambda::Function')
    .map(({ Properties }) => Properties['Environment'].Variables['DATA_API_SECRET_ARN'] as object);
  assert.equal(secrets.filter((secret) => JSON.stringify(secret) === JSON.stringify({ Ref: counter })).length, 1);
});

test('whoever else may read the secret of the owner is found, by whichever name', () => {
  const attachment = nameOf('AWS::SecretsManager::SecretTargetAttachment', owner);
  for (const name of [owner, attachment]) {
    const { Resources } = JSON.parse(stack.template) as { Resources: Record<string, Resource> };
    (Resources[policyOf('Controller')]!.Properties['PolicyDocument'].Statement as object[]).push({
      Effect: 'Allow',
      Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
      Resource: [{ Ref: counter }, { Ref: name }],
    });
    const careless: Resources = {
      ofType: (type) => Object.values(Resources).filter(({ Type }) => Type === type),
      template: JSON.stringify({ Resources }),
    };
    assert.throws(() => checkStack(careless), /may log in as the owner of the database/);
  }
});
