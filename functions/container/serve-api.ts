// Process entry of the API where it is reached from outside: behind a load balancer, or as a Lambda web function. Address and
// tokens come from where such hosts put them. Must never start without tokens: everyone would be the same viewer.
import { z } from 'zod';
import { AppError } from '../../core/app-error.ts';
import { ambientCredentials, callAws } from '../../infra/aws/signed-call.ts';

const { env } = process;
// a web function is told host and port in one variable
const [host = '0.0.0.0', port = env['PORT'] ?? '8080'] = env['AWS_LAMBDA_HTTP_ENDPOINT']?.split(':') ?? [];
env['HOST'] = host;
env['PORT'] = port;
if (!env['OIDC_ISSUER'] || env['AUTH_TOKENS_PARAMETER']) env['AUTH_TOKENS'] ??= await readTokens();

// reads its configuration from the environment as soon as it is imported
await import('../api/serve.ts');

/** @throws {AppError} CONFIGURATION */
async function readTokens(): Promise<string> {
  const name = env['AUTH_TOKENS_PARAMETER'];
  if (!name) throw new AppError('CONFIGURATION', 'AUTH_TOKENS, AUTH_TOKENS_PARAMETER or OIDC_ISSUER must be set');
  const region = env['AWS_REGION'] ?? 'us-east-1';
  const answer = await callAws(
    {
      service: 'ssm',
      region,
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AmazonSSM.GetParameter' },
      body: { Name: name, WithDecryption: true },
    },
    ambientCredentials(region),
  );
  return z.object({ Parameter: z.object({ Value: z.string() }) }).parse(answer).Parameter.Value;
}
