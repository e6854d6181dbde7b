// A program of someone else's as a server on loopback, for the length of a test: started on a free port, waited for until it
// answers, and ended with everything it wrote to. Its last words are shown when it does not come up.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '../../infra/local/free-port.ts';
import { eventually } from './eventually.ts';

export interface RunningServer extends AsyncDisposable {
  readonly url: string;
}

const startTimeoutMs = 60_000;

/** @param args of the command, given the port it is to listen on */
export async function runServer(
  command: string,
  args: (port: number) => readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningServer> {
  const port = await freePort();
  const child = spawn(command, args(port), {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => (output = (output + data.toString()).slice(-4_000)));
  let ended: string | undefined;
  child.on('error', (error) => (ended = error.message));
  child.on('exit', (code, signal) => (ended = `ended with ${String(code ?? signal)}`));
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    if (ended !== undefined) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  try {
    await eventually(async () => {
      if (ended !== undefined) throw new Error(`${command} ${ended}: ${output}`);
      return answers(url);
    }, startTimeoutMs);
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return { url, [Symbol.asyncDispose]: stop };
}

async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(url)).arrayBuffer();
    return true;
  } catch {
    return false; // nobody listens yet
  }
}
