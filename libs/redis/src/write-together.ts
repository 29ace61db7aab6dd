import type { Writable } from 'node:stream';
import { type Cluster, Redis } from 'ioredis';

/**
 * Makes a client write the commands that come at the same moment with one system call instead of one each, which costs
 * a process more than the commands themselves: measured with 10 and with 100 at once, the CPU time of a command falls
 * to less than half. A lone command costs and takes what it did.
 */
export function writeTogether(client: Redis | Cluster): void {
  if (client instanceof Redis) client.on('connect', () => corkWhileWriting(client.stream));
  else client.on('+node', writeTogether);
}

/** Keeps what is written until the running callback and all promises that are settled by then are done. */
export function corkWhileWriting(stream: Writable): void {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  let isCorked = false;
  const uncork = (): void => {
    isCorked = false;
    stream.uncork();
  };
  stream.write = (...args: unknown[]): boolean => {
    if (!isCorked) {
      isCorked = true;
      stream.cork();
      process.nextTick(uncork);
    }
    return write(...args);
  };
}
