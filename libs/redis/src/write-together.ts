import type { Writable } from 'node:stream';
import { type Cluster, Redis } from 'ioredis';

/**
 * Makes a client write the commands of one moment with one system call rather than one each. A system call costs a process
 * more than the command itself: measured with 10 and with 100 commands at once, the CPU time of a command falls to less than
 * half. A single command costs the same as before.
 */
export function writeTogether(client: Redis | Cluster): void {
  if (client instanceof Redis) client.on('connect', () => corkWhileWriting(client.stream));
  else client.on('+node', writeTogether);
}

/** Holds back writes until the running callback, and all promises that are settled by then, are done. */
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
