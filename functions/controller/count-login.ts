// The login that the controller counts with where the only way in is the Data API, which knows no IAM token: a role with a
// password of its own that reads the columns of one query. Must never say that password to the database, whose log may keep
// what it was told: the database gets what it checks the password with.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { ambientCredentials, callAws, type ReadCredentials } from '../../infra/aws/signed-call.ts';
import { loadColumns } from '../../infra/scaling/read-load.ts';

/** Also the user name in the secret that the stack makes. */
export const countRole = 'counting_gill';
/** What PostgreSQL itself takes. */
const iterations = 4_096;

/** Each may have run before; a password that changed holds from the next run on. */
export function countGrants(password: string): string[] {
  return [
    `create role ${countRole} with login`,
    `alter role ${countRole} with login password '${verifierOf(password)}'`,
    `grant usage on schema public to ${countRole}`,
    ...Object.entries(loadColumns).map(
      ([table, columns]) => `grant select (${columns.join(', ')}) on ${table} to ${countRole}`,
    ),
  ];
}

/** SCRAM-SHA-256 as PostgreSQL stores it (RFC 5803). The stack's passwords are ASCII: nothing has to be normalized. */
function verifierOf(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const keyed = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const stored = createHash('sha256').update(keyed('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${keyed('Server Key').toString('base64')}`;
}

const secretText = z.object({ password: z.string().min(1) });

/** @returns the password in a secret of the stack */
export async function readPassword(
  secretArn: string,
  region: string,
  { read = ambientCredentials(region), endpoint }: { readonly read?: ReadCredentials; readonly endpoint?: string } = {},
): Promise<string> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'secretsmanager.GetSecretValue' };
  const body = { SecretId: secretArn };
  const answer = await callAws({ service: 'secretsmanager', region, endpoint, headers, body }, read);
  const { SecretString } = z.object({ SecretString: z.string() }).parse(answer);
  return secretText.parse(JSON.parse(SecretString)).password;
}
