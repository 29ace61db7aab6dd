import { beforeEach, describe, expect, it } from '@jest/globals';
import { GATEWAY_ENDED, type Identity, USERS_WENT_OFFLINE, type UsersWentOffline } from '@parley/contracts';
import { InMemoryDirectory } from './fixtures/in-memory-directory.js';
import { InMemoryPresence } from './fixtures/in-memory-presence.js';
import { connectionOf, person } from './fixtures/people.js';
import { PresenceService } from './presence.service.js';

/** Keeps what was published; fails for the patterns that a test names, as a Redis that is away would. */
class RecordedEvents {
  readonly published: { pattern: string; event: unknown }[] = [];
  failing = new Set<string>();

  async publish<T>(pattern: string, event: T): Promise<void> {
    if (this.failing.has(pattern)) throw new Error('not stored');
    this.published.push({ pattern, event });
  }

  offline(): Identity[] {
    return this.published
      .filter(({ pattern }) => pattern === USERS_WENT_OFFLINE)
      .flatMap(({ event }) => (event as UsersWentOffline).users);
  }

  ended(): unknown[] {
    return this.published.filter(({ pattern }) => pattern === GATEWAY_ENDED).map(({ event }) => event);
  }
}

const reach = { now: async () => 'everyone' as const };

describe('PresenceService', () => {
  let directory: InMemoryDirectory;
  let presence: InMemoryPresence;
  let events: RecordedEvents;
  let service: PresenceService;
  beforeEach(() => {
    directory = new InMemoryDirectory();
    presence = new InMemoryPresence(2);
    events = new RecordedEvents();
    service = new PresenceService(presence, directory, events, { renewAfterMs: 18_000 }, reach);
  });

  const present = async (gatewayId: string, count: number): Promise<Identity[]> => {
    const users = await Promise.all(Array.from({ length: count }, () => directory.claim(person())));
    for (const user of users) await service.connect(connectionOf(user, gatewayId));
    return users;
  };

  it('reports all users of a gateway whose lease expired, by name, in batches, and then the gateway', async () => {
    const users = await present('g1', 5);
    presence.expire('g1');
    await service.endExpired();
    expect(new Set(events.offline())).toEqual(new Set(users));
    expect(events.published).toHaveLength(4);
    expect(events.published.at(-1)).toEqual({ pattern: GATEWAY_ENDED, event: { gatewayId: 'g1' } });
  });

  it('leaves a living gateway alone', async () => {
    await present('g1', 1);
    await service.endExpired();
    expect(events.published).toEqual([]);
  });

  it('reports nobody who is also connected to another gateway', async () => {
    const [ada] = await present('g1', 1);
    await service.connect(connectionOf(ada!, 'g2'));
    await service.endLease('g1');
    expect(events.offline()).toEqual([]);
    await service.endLease('g2');
    expect(events.offline()).toEqual([ada]);
  });

  it('reports a gateway that gives up its lease once, however often it does so', async () => {
    await present('g1', 1);
    await service.endLease('g1');
    await service.endLease('g1');
    expect(events.ended()).toEqual([{ gatewayId: 'g1' }]);
  });

  it('reports an ended gateway without users', async () => {
    await service.renewLease('g1');
    await service.endLease('g1');
    expect(events.published).toEqual([{ pattern: GATEWAY_ENDED, event: { gatewayId: 'g1' } }]);
  });

  it.each([USERS_WENT_OFFLINE, GATEWAY_ENDED])(
    'lets another replica continue when %s could not be published',
    async (pattern) => {
      const users = await present('g1', 3);
      presence.expire('g1');
      events.failing.add(pattern);
      await expect(service.endExpired()).rejects.toThrow('not stored');
      events.failing.clear();
      const other = new PresenceService(presence, directory, events, { renewAfterMs: 18_000 }, reach);
      await other.endExpired();
      expect(events.ended()).toEqual([]);
      presence.expireClaim('g1');
      await other.endExpired();
      expect(new Set(events.offline())).toEqual(new Set(users));
      expect(events.ended()).toEqual([{ gatewayId: 'g1' }]);
    },
  );
});
