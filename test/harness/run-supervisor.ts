// A supervisor in a process of its own, so that a test may kill it: stand-in scripts and environment come as arguments.
import { readConfiguration } from '../../core/configuration.ts';
import { silentLog } from '../../core/log.ts';
import { startServer, type SupervisorOptions } from '../../infra/local/supervisor.ts';

const { env, scripts } = JSON.parse(process.argv[2]!) as Pick<SupervisorOptions, 'env' | 'scripts'>;
await startServer(
  { configuration: readConfiguration(env), env, scripts, onLine: () => undefined, log: silentLog },
  new AbortController().signal,
);
console.log('running');
