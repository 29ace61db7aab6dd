import { eventStream, type TransportKeys } from '../redis/keys.js';
import { setAsideEntry } from '../redis/set-aside-entry.js';
import type { RedisLink } from '../redis-link.js';
import { entryTime } from '../wire-format.js';
import type { HeldEvent } from './event-runner.js';

/** Where events are set aside, and how much is kept. */
export interface EventsAside {
  keys: TransportKeys;
  writer: RedisLink;
  limits: { maxDead: number; maxDeadBytes: number };
}

/** Who has an event in hand (empty for a broadcast one), why it is set aside, and whose stream it is in. */
export interface AsideReason {
  group: string;
  reason: string;
  publisher: string | undefined;
}

/** Sets an event aside. Returns whether this call did it. */
export function setAsideEvent(
  { keys, writer, limits: { maxDead, maxDeadBytes } }: EventsAside,
  event: HeldEvent,
  { group, reason, publisher }: AsideReason,
): Promise<boolean> {
  const { id, route: pattern, tries, json: payload } = event;
  const record = {
    reason,
    pattern,
    tries,
    requestedAt: entryTime(id),
    payload,
    ...(group === '' && { broadcast: '1' }),
    ...(publisher !== undefined && { publisher }),
  };
  const names = { stream: eventStream(keys, publisher), dead: keys.eventsDead() };
  const aside = { group, entry: { id, size: 1 }, maxDead, maxDeadBytes, record };
  return writer.run((client) => setAsideEntry(client, names, aside));
}
