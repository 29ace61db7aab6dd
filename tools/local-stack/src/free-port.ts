import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that Linux gives to outgoing connections (from 32768 on): one of them could take a port before it is used. */
const FIRST = 10_000;
const END = 32_768;
/** Ports that are tried at most. */
const TRIES = 100;

/**
 * A TCP port that nothing listens on at this moment. Another program may take it before the caller does,
 * so the caller must be ready to ask again.
 */
export async function freePort(): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const port = randomInt(FIRST, END);
    const probe = createServer();
    try {
      probe.listen(port);
      await once(probe, 'listening');
      probe.close();
      await once(probe, 'close');
      return port;
    } catch (error) {
      if (tries === TRIES) throw error;
    }
  }
}
