// Asks the system about ports. Another process may take a free one before it is used: callers must cope.
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { AppError } from '../../core/app-error.ts';
import { systemErrorCode } from './operating-system.ts';

export async function freePort(host = '127.0.0.1'): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** @throws {AppError} CONFIGURATION when nobody could ever listen there */
export async function isPortFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (thrown) {
    switch (systemErrorCode(thrown)) {
      case 'EADDRINUSE':
        return false;
      case 'EACCES':
        throw new AppError('CONFIGURATION', `port ${port} needs more rights than this user has: choose one above 1023`);
      case 'EADDRNOTAVAIL':
      case 'ENOTFOUND':
        throw new AppError('CONFIGURATION', `HOST=${host} is no address of this machine`);
      default:
        throw thrown;
    }
  }
  server.close();
  await once(server, 'close');
  return true;
}
