import { Inject, Injectable } from '@nestjs/common';
import type { Identity } from '@parley/contracts';
import { usernameKey } from '@parley/protocol';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { UsersKeys } from '../redis/keys.js';

/** A name that was found: in its compared form, and whose it was when it was noted. */
export interface FoundName {
  readonly key: string;
  readonly UUID: string;
}

/** Stands between a name and its user, and in no name. */
const END = '\0';
/** Comes after every byte of UTF-8. */
const LAST = Buffer.from([0xff]);

/**
 * The names of users in the order of their compared forms, for those who search. It lies beside the directory and follows it: a name is noted
 * after its claim, and may still be here after its user is gone. Who reads it asks the directory.
 */
@Injectable()
export class NameIndex {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: UsersKeys,
  ) {}

  /** Notes the names of users. Idempotent. */
  async add(users: readonly Identity[]): Promise<void> {
    if (users.length === 0) return;
    await this.redis.zadd(this.keys.search.names(), ...users.flatMap((user) => [0, memberOf(user)]));
  }

  /** Forgets names. Idempotent. */
  async remove(found: readonly FoundName[]): Promise<void> {
    if (found.length === 0) return;
    await this.redis.zrem(this.keys.search.names(), ...found.map(({ key, UUID }) => key + END + UUID));
  }

  /**
   * Returns the names that begin with a prefix, in their order.
   * @param after the compared form of the name after which they begin; '' for the first ones.
   */
  async find(prefix: string, after: string, limit: number): Promise<FoundName[]> {
    const start = usernameKey(prefix);
    const from = after === '' ? `[${start}` : Buffer.concat([Buffer.from(`(${after}${END}`), LAST]);
    const to = Buffer.concat([Buffer.from(`(${start}`), LAST]);
    const members = await this.redis.zrange(
      ...([this.keys.search.names(), from, to, 'BYLEX', 'LIMIT', 0, limit] as const),
    );
    return members.map((member) => {
      const end = member.indexOf(END);
      return { key: member.slice(0, end), UUID: member.slice(end + 1) };
    });
  }

  /** The place in the order of registration up to which every name is noted. */
  async notedTo(): Promise<string> {
    return (await this.redis.get(this.keys.search.notedTo())) ?? '0';
  }

  /** Notes that place. It may be noted late, after a later one: then some names are noted twice. */
  async setNotedTo(place: string): Promise<void> {
    await this.redis.set(this.keys.search.notedTo(), place);
  }
}

const memberOf = ({ UUID, Username }: Identity): string => usernameKey(Username) + END + UUID;
