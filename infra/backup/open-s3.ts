// A client for whole files, in either direction.
import { S3Client } from '@aws-sdk/client-s3';
import type { Stores } from './format.ts';

export function openS3({ endpoint, region, credentials }: Stores['s3']): Disposable & { readonly client: S3Client } {
  const client = new S3Client({
    region,
    ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
    ...(credentials ? { credentials } : {}),
  });
  return { client, [Symbol.dispose]: () => client.destroy() };
}
