import { createServer } from 'node:net';
import { freePort } from './free-port.js';
import { StartError } from './start-error.js';

/** The port to listen on: the wanted one if it is available, or a free one for 0. Throws a StartError otherwise. */
export async function usablePort(port: number, host: string): Promise<number> {
  if (port === 0) return freePort();
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => reject(refusal(error, port, host)));
    probe.listen({ port, host }, () => probe.close(() => resolve()));
  });
  return port;
}

function refusal({ code, message }: NodeJS.ErrnoException, port: number, host: string): StartError {
  if (code === 'EADDRINUSE') return new StartError(`Port ${port} is in use: set PORT to another one`);
  if (code === 'EACCES') return new StartError(`Port ${port} needs more rights: set PORT to another one`);
  return new StartError(`Cannot listen on ${host}:${port}: ${message}`);
}
