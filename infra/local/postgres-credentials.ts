// Port and password of the embedded PostgreSQL, in a file that its owner alone may read. Chosen once per folder: of two
// first starts at once both must end with the same.
import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort } from './free-port.ts';
import { systemErrorCode } from './operating-system.ts';

export const urlOf = ({ port, password }: Credentials): string =>
  `postgres://app:${password}@127.0.0.1:${port}/postgres`;

export interface Credentials {
  readonly port: number;
  readonly password: string;
}

/** Port and password are chosen once per folder, so that a surviving server can be found and adopted. */
export async function readCredentials(folder: string): Promise<Credentials> {
  const file = path.join(folder, 'credentials.json');
  if (!existsSync(file)) {
    const chosen = { port: await freePort(), password: randomBytes(18).toString('base64url') };
    const temporary = writeTemporary(folder, chosen);
    try {
      // never over a file that is there: of two first starts the faster one has chosen
      linkSync(temporary, file);
    } catch (thrown) {
      if (systemErrorCode(thrown) !== 'EEXIST') throw thrown;
    } finally {
      rmSync(temporary);
    }
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Credentials;
}

function writeTemporary(folder: string, credentials: Credentials): string {
  const temporary = path.join(folder, `credentials.json.${randomBytes(4).toString('hex')}`);
  writeFileSync(temporary, JSON.stringify(credentials), { mode: 0o600, flush: true });
  return temporary;
}

export function replaceCredentials(folder: string, credentials: Credentials): Credentials {
  renameSync(writeTemporary(folder, credentials), path.join(folder, 'credentials.json'));
  return credentials;
}
