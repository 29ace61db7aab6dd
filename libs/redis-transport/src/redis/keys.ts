import type { Lane } from '../lanes.js';

/** What the README says of one key or channel. */
interface CataloguedKey {
  readonly pattern: string;
  readonly type: string;
  readonly holds: string;
  readonly lifetime: string;
  readonly growth: string;
}

/**
 * Every Redis key and channel of the transport. All that one atomic operation touches shares the hash tag of a
 * partition of its service (or of the events), so one Cluster node holds it.
 */
export class TransportKeys {
  private readonly base: string;
  private readonly eventBase: string;
  /** Ends the names of what each lane has for itself. */
  private readonly ofLane: string;

  constructor(
    prefix: string,
    private readonly service: string,
    /** The first one, 0, has the keys of a service that has no other. */
    partition = 0,
    /** Its lanes share all keys that say nothing of a queue. */
    lane: Lane = 'now',
  ) {
    const tag = partition === 0 ? service : `${service}:${partition}`;
    this.base = `${prefix}:{${tag}}:`;
    this.eventBase = `${prefix}:{events}:`;
    this.ofLane = lane === 'now' ? '' : `:${lane}`;
  }

  requests(): string {
    return `${this.base}requests${this.ofLane}`;
  }

  depth(): string {
    return `${this.base}depth${this.ofLane}`;
  }

  partial(): string {
    return `${this.base}partial${this.ofLane}`;
  }

  readers(): string {
    return `${this.base}readers${this.ofLane}`;
  }

  dead(): string {
    return `${this.base}dead`;
  }

  done(idempotencyKey: string): string {
    return `${this.base}done:${idempotencyKey}`;
  }

  sent(clientId: string): string {
    return `${this.base}sent:${clientId}${this.ofLane}`;
  }

  reply(clientId: string): string {
    return `${this.base}reply:${clientId}`;
  }

  events(): string {
    return `${this.eventBase}stream`;
  }

  eventsOf(publisher: string): string {
    return `${this.eventBase}from:${publisher}`;
  }

  eventsSent(clientId: string): string {
    return `${this.eventBase}sent:${clientId}`;
  }

  eventsHandled(): string {
    return `${this.eventBase}handled:${this.service}`;
  }

  eventsDead(): string {
    return `${this.eventBase}dead:${this.service}`;
  }
}

/** The keys of each of so many partitions of a service, of which there is at least one, for one lane. */
export function keysOfPartitions(
  prefix: string,
  service: string,
  count: number,
  lane: Lane = 'now',
): [TransportKeys, ...TransportKeys[]] {
  const keysOf = (partition: number) => new TransportKeys(prefix, service, partition, lane);
  return [keysOf(0), ...Array.from({ length: count - 1 }, (_, at) => keysOf(at + 1))];
}

/** The stream of a publisher's events, or without a publisher the one that they share. */
export const eventStream = (keys: TransportKeys, publisher: string | undefined): string =>
  publisher === undefined ? keys.events() : keys.eventsOf(publisher);

const named = new TransportKeys('P', 'S');
const namedLater = new TransportKeys('P', 'S', 0, 'later');

/** What each of {@link TransportKeys} holds. `P` is the prefix, `S` the service (and `S:1` its partition 1), `C` a client's id, `N` a client's name. */
const catalogue: Readonly<Record<keyof TransportKeys, CataloguedKey>> = {
  requests: {
    pattern: named.requests(),
    type: 'stream',
    holds: 'requests queued or in hand, one entry per batch',
    lifetime: 'permanent',
    growth: 'at most `maxQueue` requests and `maxQueueBytes`; entries are deleted when they are finished',
  },
  depth: {
    pattern: named.depth(),
    type: 'string',
    holds: 'how many requests are queued or in hand; a large one counts as several',
    lifetime: 'permanent',
    growth: 'one number',
  },
  partial: {
    pattern: named.partial(),
    type: 'hash',
    holds: 'entry id → indexes of its requests that are finished, for entries that are finished in part',
    lifetime: 'permanent',
    growth: 'one field for each batch in hand that is finished in part',
  },
  readers: {
    pattern: namedLater.readers(),
    type: 'string',
    holds: 'that a replica reads the lane `later`',
    lifetime: '`takeOverAfterMs` after its last renewal, three times within that time',
    growth: 'one number',
  },
  dead: {
    pattern: named.dead(),
    type: 'stream',
    holds: 'requests that were set aside, whole',
    lifetime: 'permanent',
    growth: 'about `maxDead` entries, and `maxDeadBytes` of payloads',
  },
  done: {
    pattern: named.done('<key>'),
    type: 'string',
    holds: 'the claim on an idempotency key, then the reply stored under it',
    lifetime: '`takeOverAfterMs` as a claim, `idempotencyTtlMs` as a reply',
    growth:
      'one for each idempotency key; whole replies up to `maxStoredReplies` and `maxStoredRepliesBytes` of each replica',
  },
  sent: {
    pattern: named.sent('C'),
    type: 'string',
    holds: 'which of its latest batches a client has stored',
    lifetime: '1 h after its last use',
    growth: '1.5 KB for each client',
  },
  reply: {
    pattern: named.reply('C'),
    type: 'channel',
    holds: 'the replies to one client',
    lifetime: '',
    growth: '',
  },
  events: {
    pattern: named.events(),
    type: 'stream',
    holds: 'the events of all clients that have no stream of their own, and copies of the others',
    lifetime: 'permanent',
    growth: 'about `maxEvents` entries, and `maxEventsBytes`',
  },
  eventsOf: {
    pattern: named.eventsOf('N'),
    type: 'stream',
    holds: 'the events of the clients of one name',
    lifetime: 'permanent',
    growth: 'about `maxEvents` entries, and `maxEventsBytes`',
  },
  eventsSent: {
    pattern: named.eventsSent('C'),
    type: 'string',
    holds: 'which of its latest batches of events a client has stored',
    lifetime: '1 h after its last use',
    growth: '1.5 KB for each client',
  },
  eventsHandled: {
    pattern: named.eventsHandled(),
    type: 'hash',
    holds: 'pattern of an event → until when (ms) a replica of the service with a handler for it is known',
    lifetime: 'permanent; a field for 10 min after its last renewal, when an event of that pattern is read',
    growth: 'one field for each pattern of an event that the service handles, in any version',
  },
  eventsDead: {
    pattern: named.eventsDead(),
    type: 'stream',
    holds: 'events that the service set aside, whole',
    lifetime: 'permanent',
    growth: 'about `maxDead` entries, and `maxDeadBytes` of payloads',
  },
};

/** Every key and channel of the transport, as the README lists them. */
export const KEY_CATALOGUE: readonly CataloguedKey[] = Object.values(catalogue);
