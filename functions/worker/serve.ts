// Process entry of a worker: configuration from the environment, one line {"type":"ready"} on stdout once it claims jobs,
// then logs. It ends on SIGTERM, SIGINT, or when stdin ends; running jobs are handed back.
import { reportReady, runProcess } from '../../infra/process/run-process.ts';
import { assembleWorker } from './assemble.ts';

await runProcess('worker', async (signal) => {
  const worker = await assembleWorker(signal);
  reportReady();
  return worker;
});
