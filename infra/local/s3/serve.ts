// Process entry of the embedded S3 endpoint: configuration from the environment, one line {"type":"ready"} on stdout once
// it listens, then logs. It ends on SIGTERM, SIGINT, or when stdin ends, because then its parent is gone.
import path from 'node:path';
import { AppError } from '../../../core/app-error.ts';
import { readConfiguration } from '../../../core/configuration.ts';
import { createLog } from '../../../core/log.ts';
import { reportReady, runProcess } from '../../process/run-process.ts';
import { startS3Endpoint } from './s3-endpoint.ts';

/** Previews are shown while a picture is drawn and never again; uploads are cleaned or forgotten. */
const dayMs = 24 * 3_600_000;

await runProcess('s3', async () => {
  const { dataFolder, host, port, s3, allowedOrigins, logLevel } = readConfiguration(process.env);
  if (!s3?.endpoint || !s3.credentials)
    throw new AppError('CONFIGURATION', 'S3_ENDPOINT, S3_BUCKET and the S3 credentials must be set: npm start does so');
  const endpoint = await startS3Endpoint(
    {
      folder: path.join(dataFolder, 's3'),
      host,
      port: Number(new URL(s3.endpoint).port),
      identity: { ...s3.credentials, region: s3.region },
      buckets: [s3.bucket],
      uploadOrigins: [`http://${host}:${port}`, `http://localhost:${port}`, ...allowedOrigins],
      lifecycle: [
        { prefix: 'previews/', maxAgeMs: dayMs },
        { prefix: 'uploads/', maxAgeMs: dayMs },
      ],
    },
    createLog('s3', logLevel),
  );
  reportReady({ port: endpoint.port, url: endpoint.url });
  return endpoint;
});
