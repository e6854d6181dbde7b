// Port and credentials of the embedded S3 endpoint, made once per data folder, so that signed URLs outlive a restart. The
// credentials are a secret: the file is readable by its owner alone.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Log } from '../../core/log.ts';
import { freePort, isPortFree } from './free-port.ts';

export interface LocalS3 {
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export const localBucket = 'gill';

export async function readLocalS3(folder: string, host: string, log: Log): Promise<LocalS3> {
  const file = path.join(folder, 's3.json');
  if (existsSync(file)) {
    const kept = JSON.parse(readFileSync(file, 'utf8')) as LocalS3;
    if (await isPortFree(host, kept.port)) return kept;
    log.warn(
      { port: kept.port },
      'the port of the S3 endpoint is taken by now: signed URLs given out before do not work',
    );
    return save(file, { ...kept, port: await freePort(host) });
  }
  return save(file, {
    port: await freePort(host),
    accessKeyId: `local${randomBytes(8).toString('hex')}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
  });
}

function save(file: string, settings: LocalS3): LocalS3 {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(temporary, JSON.stringify(settings), { mode: 0o600, flush: true });
  renameSync(temporary, file);
  return settings;
}
