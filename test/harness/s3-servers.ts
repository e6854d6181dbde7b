// The S3 servers that one conformance suite is run against: ours always, and those of others where the environment says where
// they lie. What a server is known not to do stands here with it, so that nothing is left out in silence.
import { accessSync, constants } from 'node:fs';
import { startTestS3, testIdentity } from './s3.ts';
import { runServer, type RunningServer } from './run-server.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Areas of the suite that a server may lack. */
export type Area =
  | 'signatures'
  | 'strangers'
  | 'forms'
  | 'checksums'
  | 'framing'
  | 'quiet'
  | 'tooMany'
  | 'encoding'
  | 'aborted'
  | 'longKeys';

export interface S3Server {
  readonly name: string;
  /** Why it cannot be run here, or false. */
  readonly skip: string | false;
  /** What it does not do, and how that shows. */
  readonly lacks: Readonly<Partial<Record<Area, string>>>;
  /** Takes the keys of `testIdentity`. */
  readonly start: () => Promise<RunningServer>;
}

export const s3Servers: readonly S3Server[] = [
  { name: 'the embedded endpoint', skip: false, lacks: {}, start: () => startTestS3() },
  {
    name: 'versitygw',
    skip: reasonToSkip('GILL_VERSITYGW', 'the program versitygw'),
    lacks: {
      strangers:
        'versitygw 1.8.0 answers an unknown access key with 404 XAdminUserNotFound; AWS: 403 InvalidAccessKeyId',
      framing: 'versitygw 1.8.0 stores aws-chunked as the encoding of the object; AWS takes it off',
      quiet: 'versitygw 1.8.0 does not know Quiet',
      tooMany: 'versitygw 1.8.0 takes any number of keys',
      longKeys: 'versitygw 1.8.0 takes longer ones',
      encoding: 'versitygw 1.8.0 does not know encoding-type=url',
    },
    async start() {
      const folder = await temporaryFolder();
      const identity = { ROOT_ACCESS_KEY: testIdentity.accessKeyId, ROOT_SECRET_KEY: testIdentity.secretAccessKey };
      const server = await runServer(
        process.env['GILL_VERSITYGW']!,
        (port) => ['--port', `127.0.0.1:${port}`, '--region', testIdentity.region, 'posix', folder.path],
        identity,
      );
      return {
        url: server.url,
        async [Symbol.asyncDispose]() {
          await server[Symbol.asyncDispose]();
          await folder[Symbol.asyncDispose]();
        },
      };
    },
  },
  {
    name: 'moto',
    skip: reasonToSkip('GILL_MOTO_SERVER', 'the program moto_server'),
    lacks: {
      signatures: 'moto 5.2.5 checks no signature unless users were made first',
      strangers: 'moto 5.2.5 knows every access key',
      forms: 'moto 5.2.5 reads no policy',
      checksums: 'moto 5.2.5 compares no checksum',
      quiet: 'moto 5.2.5 does not know Quiet',
      tooMany: 'moto 5.2.5 takes any number of keys',
      longKeys: 'moto 5.2.5 takes longer ones',
      aborted: 'moto 5.2.5 answers a part of an aborted upload with 500',
    },
    start: startMoto,
  },
];

/** Also a queue and a bucket of parameters: moto answers for many services on one port. */
export function startMoto(): Promise<RunningServer> {
  return runServer(process.env['GILL_MOTO_SERVER']!, (port) => ['-H', '127.0.0.1', '-p', String(port)]);
}

export function reasonToSkip(variable: string, what: string): string | false {
  const command = process.env[variable];
  if (command === undefined) return `${variable} is not set: it names ${what} (docs/operations.md)`;
  try {
    accessSync(command, constants.X_OK);
    return false;
  } catch {
    return `${variable}=${command} cannot be run`;
  }
}
