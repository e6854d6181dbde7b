// The API behind a load balancer: over TLS where a certificate is given, with a root that may only be read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkOrder, checkStack } from '../../harness/check-stack.ts';
import { synthesize } from '../../harness/synthesize.ts';

const certificateArn = 'arn:aws:acm:us-east-1:111122223333:certificate/one';
const [stack, plain] = await Promise.all([
  synthesize({ api: 'fargate', certificateArn }),
  synthesize({ api: 'fargate' }),
]);

test('with a certificate nobody is answered over plain HTTP', () => {
  assert.equal(stack.exitCode, 0, stack.output);
  assert.deepEqual(stack.findings, []);
  checkStack(stack);
  checkOrder(stack.template);
  const listeners = stack.ofType('AWS::ElasticLoadBalancingV2::Listener').map(({ Properties }) => Properties);
  assert.deepEqual(listeners.map(({ Protocol, Port }) => `${String(Protocol)} ${String(Port)}`).sort(), [
    'HTTP 80',
    'HTTPS 443',
  ]);
  for (const { Protocol, Certificates, DefaultActions } of listeners)
    if (Protocol === 'HTTPS') assert.deepEqual(Certificates, [{ CertificateArn: certificateArn }]);
    else assert.deepEqual(DefaultActions[0].RedirectConfig.Protocol, 'HTTPS');
  assert.doesNotMatch(stack.output, /plain HTTP/);
  assert.match(plain.output, /plain HTTP: every token can be read/, 'nobody is told');
});

test('the API writes nowhere', () => {
  const containers = stack
    .ofType('AWS::ECS::TaskDefinition')
    .flatMap(({ Properties }) => Properties['ContainerDefinitions'] as { ReadonlyRootFilesystem?: boolean }[]);
  assert.equal(containers.length, 2);
  for (const { ReadonlyRootFilesystem } of containers) assert.equal(ReadonlyRootFilesystem, true);
});
