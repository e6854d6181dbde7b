// Stands between a client and a server on loopback and does what networks and stores do: 503, cut in the middle of a body,
// flip a bit, stall.
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

/** `flip` is what only a checksum finds. */
export type Fault = 'none' | '503' | 'cut' | 'flip' | 'stall';

export interface FaultyProxy extends AsyncDisposable {
  readonly url: string;
  readonly requests: () => number;
}

/** @param fault decides for each request, by its number from 1, method and path */
export async function startFaultyProxy(
  target: string,
  fault: (number: number, method: string, path: string) => Fault,
): Promise<FaultyProxy> {
  let requests = 0;
  const { hostname, port } = new URL(target);
  const server = createServer((incoming, response) => {
    const what = fault(++requests, incoming.method ?? '', incoming.url ?? '');
    if (what === '503') {
      incoming.resume();
      response.writeHead(503).end('<Error><Code>SlowDown</Code></Error>');
      return;
    }
    // the Host header is part of the signature, so it is passed on as it came
    const { method, url: path, headers } = incoming;
    const outgoing = httpRequest({ hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      let first = true;
      answer.on('data', (chunk: Buffer) => {
        if (what === 'flip' && first) chunk[0]! ^= 1;
        if (what === 'none' || what === 'flip') response.write(chunk);
        else if (first) response.write(chunk.subarray(0, Math.ceil(chunk.length / 2)));
        if (what === 'cut' && first) response.destroy();
        first = false;
      });
      answer.on('end', () => {
        if (what !== 'stall') response.end();
      });
      answer.on('error', () => response.destroy());
    });
    outgoing.on('error', () => response.destroy());
    incoming.pipe(outgoing);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
