import { Inject, Injectable } from '@nestjs/common';
import type { NotedUserEvent, UserEvent, UserEventType } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { UsersKeys } from '../redis/keys.js';
import { SLOTS } from '../slots.js';
import { PRESENCE_CHOICE, type SlotChoice } from '../slots-in-use.js';
import { TOLD_STAYS_MS, UserEventKinds } from './user-event-kinds.js';

/** Events of one stream that are read at once. */
const READ_AT_ONCE = 500;

/** A page of events; `isFull` if the stream may have more. */
export interface ToldPage {
  readonly events: readonly UserEvent[];
  readonly isFull: boolean;
}

/** What has happened to users, as it was written down with the change, until it is fetched. Rejects with Redis's errors. */
@Injectable()
export class UserEventsRepository {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: UsersKeys,
    @Inject(PRESENCE_CHOICE) private readonly choice: Pick<SlotChoice, 'now'>,
    private readonly kinds: UserEventKinds,
  ) {}

  /** Those of accounts and sessions. */
  ofAccounts(after: Readonly<Record<string, string>>): Promise<ToldPage> {
    return this.read('directory', this.keys.directory.told(), after);
  }

  /** Those of presence, of all slots in use. */
  async ofPresence(after: Readonly<Record<string, string>>): Promise<ToldPage> {
    const { writes, both } = await this.choice.now();
    const slots = writes === 'one' && !both ? [] : Array.from({ length: SLOTS }, (_, slot) => slot);
    const pages = await Promise.all([
      this.read('presence', this.keys.presence.told(), after),
      ...slots.map((slot) =>
        this.read(`presence-${slot}`, this.keys.presenceOf(slot).presence.told(), after),
      ),
    ]);
    return { events: pages.flatMap(({ events }) => events), isFull: pages.some(({ isFull }) => isFull) };
  }

  /** Writes down what has happened elsewhere. */
  async note(events: readonly NotedUserEvent[]): Promise<void> {
    const told = this.keys.directory.told();
    for (const { key, type, userUUID, at, sessionUUID } of events) {
      const keep = this.kinds.keep(type.split('.', 1)[0] as 'account' | 'session');
      if (keep === 0) continue;
      const more = sessionUUID === undefined ? [] : ['s', sessionUUID];
      const fields = ['t', type, 'u', userUUID, 'k', key, 'a', at, ...more];
      await this.redis.xadd(told, 'MAXLEN', '~', keep, '*', ...fields);
    }
  }

  /** Reads a stream behind what the caller has, and forgets that. */
  private async read(
    stream: string,
    key: string,
    after: Readonly<Record<string, string>>,
  ): Promise<ToldPage> {
    const place = after[stream];
    const entries = await this.redis.xrange(
      ...([key, place === undefined ? '-' : `(${place}`, '+', 'COUNT', READ_AT_ONCE] as const),
    );
    if (entries.length > 0 && place !== undefined) {
      await this.redis.xtrim(key, 'MINID', next(place));
      await this.redis.pexpire(key, TOLD_STAYS_MS);
    }
    return {
      events: entries.map(([id, fields]) => eventIn(stream, id, fields)),
      isFull: entries.length === READ_AT_ONCE,
    };
  }
}

/** The id that follows one. */
function next(id: string): string {
  const [ms, number] = id.split('-');
  return `${ms}-${Number(number) + 1}`;
}

function eventIn(stream: string, id: string, fields: readonly string[]): UserEvent {
  const of = (name: string) => {
    const at = fields.findIndex((field, n) => n % 2 === 0 && field === name);
    return at < 0 ? undefined : fields[at + 1];
  };
  return {
    ...{ stream, id, type: of('t') as UserEventType, user: { UUID: of('u')!, Username: of('n') } },
    ...{ key: of('k'), at: Number(of('a') ?? Number.parseInt(id, 10)), sessionUUID: of('s') },
  };
}
