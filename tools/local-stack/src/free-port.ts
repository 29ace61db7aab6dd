import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

/**
 * A TCP port of 127.0.0.1 that nothing listens on at this moment. Another program may take it before the caller does,
 * so the caller must be ready to ask again.
 */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
