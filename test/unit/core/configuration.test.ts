// Configuration is refused with a sentence that names the key, or taken as it is; nothing falls back in silence.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError } from '../../../core/app-error.ts';
import { readConfiguration } from '../../../core/configuration.ts';

const refused: readonly (readonly [Record<string, string>, RegExp])[] = [
  [{ GILL_PORT: '1' }, /GILL_PORT is not a configuration key/],
  [{ S3_BUKET: 'a' }, /S3_BUKET/],
  [{ PORT: '70000' }, /PORT=70000.*65535/],
  [{ PORT: 'http' }, /PORT=http/],
  [{ HOST: '0.0.0.0' }, /AUTH_TOKENS .* or OIDC_ISSUER must be set/],
  [{ OIDC_ISSUER: 'https://issuer.example' }, /OIDC_AUDIENCE go together/],
  [{ OIDC_ISSUER: 'http://issuer.example', OIDC_AUDIENCE: 'a' }, /OIDC_ISSUER must be reached by https/],
  [{ OIDC_ISSUER: 'https://a.example', OIDC_AUDIENCE: 'a', OIDC_ALGORITHMS: 'HS256' }, /HS256 must be one of RS256/],
  [{ GILL_DAILY_COMPUTE_SECONDS: '-1' }, /GILL_DAILY_COMPUTE_SECONDS=-1/],
  [{ AUTH_TOKENS: 'short=ada' }, /5 characters.*16/],
  [{ GILL_METRICS_TOKEN: 'short' }, /GILL_METRICS_TOKEN has 5 characters.*16/],
  [{ AUTH_TOKENS: 'a-token-of-some-length' }, /token=viewer/],
  [{ DATABASE_URL: 'mysql://secret@host/db' }, /DATABASE_URL must be a URL starting with postgres/],
  [{ S3_ENDPOINT: 'http://localhost:9000' }, /S3_BUCKET/],
  [{ S3_BUCKET: 'a', S3_ACCESS_KEY_ID: 'b' }, /go together/],
  [{ S3_ACCESS_KEY_ID: 'a' }, /S3_ACCESS_KEY_ID.*S3_BUCKET/],
  [{ PORT: '' }, /PORT is set to nothing/],
  [{ AUTH_TOKENS: ' ' }, /AUTH_TOKENS is set to nothing/],
  [{ GILL_ALLOWED_ORIGINS: 'https://a.example/app' }, /https:\/\/a.example\/app.*without a path/],
  [{ GILL_SIGNING_KEY: 'key.pem' }, /go together/],
  [{ GILL_LOG_LEVEL: 'loud' }, /loud.*debug, info/],
  [{ GILL_REPLY_SLOTS: '0' }, /GILL_REPLY_SLOTS=0.*1 to 64/],
  [{ GILL_CONTEXT_TOKENS: '100' }, /GILL_CONTEXT_TOKENS=100.*512 to 131072/],
  [{ DEVICE: 'nonsense' }, /^DEVICE=nonsense must be one of auto, cpu, cuda, webgpu$/],
  [{ DEVICE: '' }, /DEVICE is set to nothing/],
  [{ OTEL_EXPORTER_OTLP_ENDPONT: 'http://localhost:4318' }, /OTEL_EXPORTER_OTLP_ENDPONT is not a configuration key/],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4317' }, /OTEL_EXPORTER_OTLP_ENDPOINT must be a URL/],
  [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /OTEL_EXPORTER_OTLP_PROTOCOL=grpc must be one of http\/protobuf/],
  [{ OTEL_TRACES_SAMPLER: 'jaeger_remote' }, /jaeger_remote must be one of always_on/],
  [{ OTEL_TRACES_SAMPLER_ARG: '10%' }, /OTEL_TRACES_SAMPLER_ARG=10% must be a number from 0 to 1/],
  [{ OTEL_EXPORTER_OTLP_HEADERS: 'secret' }, /OTEL_EXPORTER_OTLP_HEADERS must read key=value/],
];

describe('configuration', () => {
  for (const [env, message] of refused) {
    test(`${Object.entries(env).join()} is refused`, () => {
      assert.throws(
        () => readConfiguration(env),
        (thrown) => thrown instanceof AppError && thrown.code === 'CONFIGURATION' && message.test(thrown.message),
      );
    });
  }

  test('a refused URL does not show its password', () => {
    assert.throws(
      () => readConfiguration({ DATABASE_URL: 'mysql://ada:secret@host/db' }),
      (thrown) => !String(thrown).includes('secret'),
    );
  });

  test('nothing set is a laptop: loopback, everything embedded', () => {
    const { host, port, databaseUrl, s3, authTokens, modelFolder, device } = readConfiguration({
      PATH: '/bin',
      HOME: '/',
    });
    assert.deepEqual(
      [host, port, databaseUrl, s3, authTokens, modelFolder, device],
      ['127.0.0.1', 4000, undefined, undefined, undefined, 'models/storybook', 'auto'],
    );
  });

  test('what Kubernetes says of the services beside this one is no mistake in a key', () => {
    const links = ['GILL', 'GILL_PREDICTOR', 'AUTH', 'S3', 'OTEL_COLLECTOR'].flatMap((service) => [
      [`${service}_SERVICE_HOST`, '10.0.0.1'],
      [`${service}_SERVICE_PORT`, '80'],
      [`${service}_SERVICE_PORT_HTTP`, '80'],
      [`${service}_PORT`, 'tcp://10.0.0.1:80'],
      [`${service}_PORT_80_TCP`, 'tcp://10.0.0.1:80'],
      [`${service}_PORT_80_TCP_PROTO`, 'tcp'],
      [`${service}_PORT_80_TCP_PORT`, '80'],
      [`${service}_PORT_80_TCP_ADDR`, '10.0.0.1'],
    ]);
    assert.equal(readConfiguration(Object.fromEntries(links) as Record<string, string>).s3, undefined);
  });

  test('tokens and origins are lists', () => {
    const { authTokens, allowedOrigins } = readConfiguration({
      HOST: '0.0.0.0',
      AUTH_TOKENS: 'adas-token-0123456789=ada, bobs-token-0123456789=bob',
      GILL_ALLOWED_ORIGINS: 'https://a.example/,https://b.example',
    });
    assert.deepEqual([...authTokens!.values()], ['ada', 'bob']);
    assert.deepEqual(allowedOrigins, ['https://a.example', 'https://b.example']);
  });

  test('traces are off without an endpoint or when told so, and go where it says', () => {
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' };
    assert.equal(readConfiguration({ OTEL_SERVICE_NAME: 'a', OTEL_METRICS_EXPORTER: 'none' }).traces, undefined);
    assert.equal(readConfiguration({ ...endpoint, OTEL_SDK_DISABLED: 'true' }).traces, undefined);
    const { traces } = readConfiguration({ ...endpoint, OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20a,b=c' });
    assert.equal(traces?.url, 'http://collector:4318/v1/traces');
    assert.deepEqual(traces.headers, { authorization: 'Bearer a', b: 'c' });
    const own = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://other/spans' };
    assert.equal(readConfiguration({ ...endpoint, ...own }).traces?.url, 'http://other/spans');
  });
});
