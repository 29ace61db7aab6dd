import { Cluster, type Command } from 'ioredis';
import type { RedisConnection } from './connection.js';

/** How long a master may leave a command unanswered, in milliseconds, before it counts as silent. */
const SILENT_MS = 2_000;
/** Commands that may wait for a silent master: further ones are refused. When it answers these, it is silent no longer. */
export const WAITING_FOR_SILENT = 64;
/** How long a command may be unanswered at all, in milliseconds: half the default deadline of a request. */
const UNANSWERED_MS = 5_000;
const LOOK_EVERY_MS = 500;

/**
 * Lets no master of a Cluster hold up what the others are needed for. While a master is silent (it hangs, or nobody has taken
 * its place), few commands wait for it, and none for long: the others fail at once, as after a lost connection. Otherwise
 * the requests that wait for it would in time occupy every slot of the service. A client of one node stays as it is: with that
 * node, everything waits.
 */
export function failFast(client: RedisConnection, now: () => number = () => performance.now()): void {
  if (client instanceof Cluster) watchMasters(client, now);
}

function watchMasters(cluster: Cluster, now: () => number): void {
  const masters = new Map<string, Map<Command, number>>();
  const send = cluster.sendCommand.bind(cluster);
  cluster.sendCommand = (command, stream, node) => {
    const master = node === undefined ? masterFor(cluster, command) : undefined;
    if (master === undefined) return send(command, stream, node);
    const waiting = masters.get(master) ?? new Map<Command, number>();
    masters.set(master, waiting);
    // ioredis sends a command once more that waited for the list of slots.
    if (waiting.has(command)) return send(command, stream, node);
    if (waiting.size >= WAITING_FOR_SILENT && isSilent(waiting, now())) {
      command.reject(new Error(`Command timed out: ${master} is silent`));
      return command.promise;
    }
    waiting.set(command, now());
    const answered = () => waiting.delete(command);
    command.promise.then(answered, answered);
    return send(command, stream, node);
  };
  const timer = setInterval(() => {
    for (const waiting of masters.values()) giveUp(waiting, now() - UNANSWERED_MS);
  }, LOOK_EVERY_MS).unref();
  cluster.once('end', () => clearInterval(timer));
}

function masterFor(cluster: Cluster, command: Command): string | undefined {
  // ioredis gives a command without a key no slot, which its types do not say.
  const slot = command.getSlot() as number | null;
  return slot === null ? undefined : cluster.slots[slot]?.[0];
}

/** The first of a map is its oldest entry. */
function isSilent(waiting: ReadonlyMap<Command, number>, now: number): boolean {
  const [oldest = now] = waiting.values();
  return now - oldest > SILENT_MS;
}

function giveUp(waiting: ReadonlyMap<Command, number>, since: number): void {
  for (const [command, sentAt] of waiting) {
    if (sentAt > since) return;
    command.reject(new Error('Command timed out'));
  }
}
