import { Inject, Injectable } from '@nestjs/common';
import type { Identity } from '@parley/contracts';
import { usernameKey } from '@parley/protocol';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { ALIKE_FORMS } from '../names/alike-forms.js';
import { type Claimed, claimUsername, type Since } from '../redis/claim-username.js';
import { forgetUser } from '../redis/forget-user.js';
import { indexAlikes } from '../redis/index-alikes.js';
import { UsersKeys } from '../redis/keys.js';
import { purgeUser } from '../redis/purge-user.js';
import { NOBODY_IS_TOLD, UserEventKinds } from '../user-events/user-event-kinds.js';
import type { ClaimAs } from './directory.js';

/** A user who was removed, by the name that the user had, and how many users were removed by then. */
export interface Removal {
  readonly UUID: string;
  readonly Username: string | undefined;
  readonly removals: number;
}

/** Users for the many slots. */
export interface ForCopies {
  readonly users: readonly Identity[];
  /** How many users had been removed before these were read. */
  readonly removals: number;
}

/** Users in the order of registration, for the many slots. */
export interface Uncopied extends ForCopies {
  /** The place of the last of them; undefined if there is nobody. */
  readonly to: string | undefined;
}

/**
 * The directory in its one slot, in Redis: who has which name, and in which order they came. A claim is decided here alone. Copies for
 * those who read are in many slots ({@link DirectoryCopies}).
 */
@Injectable()
export class DirectoryRepository {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: UsersKeys,
    @Inject(UserEventKinds) private readonly kinds: Pick<UserEventKinds, 'keep'> = NOBODY_IS_TOLD,
  ) {}

  /** As {@link Directory.claim}. */
  claim(user: Identity, since: Since = 'now', as: ClaimAs = 'new'): Promise<Claimed> {
    const keepTold = as === 'before' ? 0 : this.kinds.keep('account');
    const tells = as === 'renamed' ? 'account.updated' : 'account.created';
    return claimUsername(this.redis, this.keys, user, since, { tells, keepTold });
  }

  /** As {@link Directory.forget}. */
  async forget(UUID: string): Promise<Removal> {
    const Username = (await this.find([UUID]))[0]?.Username;
    const removals = await forgetUser(
      this.redis,
      this.keys,
      { UUID, Username: Username ?? '' },
      this.kinds.keep('account'),
    );
    return { UUID, Username, removals };
  }

  /** As {@link Directory.purge}. */
  async purge(UUID: string, lastName?: string, isToRename = false): Promise<Removal> {
    const Username = (await this.find([UUID]))[0]?.Username ?? lastName;
    const removals = await purgeUser(
      this.redis,
      this.keys,
      { UUID, Username: Username ?? '' },
      isToRename ? 0 : this.kinds.keep('account'),
    );
    return { UUID, Username, removals };
  }

  /** As {@link Directory.find}. */
  async find(UUIDs: readonly string[]): Promise<(Identity | undefined)[]> {
    if (UUIDs.length === 0) return [];
    const names = await this.redis.hmget(this.keys.directory.names(), ...UUIDs);
    return UUIDs.map((UUID, index) => {
      const Username = names[index];
      return typeof Username === 'string' ? { UUID, Username } : undefined;
    });
  }

  /** As {@link Directory.createdAt}. */
  async createdAt(UUIDs: readonly string[]): Promise<(number | undefined)[]> {
    if (UUIDs.length === 0) return [];
    const times = await this.redis.hmget(this.keys.directory.created(), ...UUIDs);
    return times.map((time) => (time === null ? undefined : Number(time)));
  }

  /** Returns whose each of `names` is, in any letter case. The user may be gone. */
  async owners(names: readonly string[]): Promise<(string | undefined)[]> {
    if (names.length === 0) return [];
    const found = await this.redis.hmget(this.keys.directory.index(), ...names.map(usernameKey));
    return found.map((UUID) => UUID ?? undefined);
  }

  /** As {@link Directory.page}, by UUID. */
  async page(offset: number, limit: number): Promise<{ total: number; UUIDs: string[] }> {
    const order = this.keys.directory.order();
    const [total, UUIDs] = await Promise.all([
      this.redis.zcard(order),
      this.redis.zrange(order, offset, String(offset + limit - 1)),
    ]);
    return { total, UUIDs };
  }

  /** As {@link Directory.indexAlikes}. */
  async indexAlikes(most: number): Promise<number> {
    const from = (await this.redis.hget(this.keys.directory.indexed(), ALIKE_FORMS)) ?? '0';
    const { UUIDs, to } = await this.after(from, most);
    if (to === undefined) return 0;
    const users = (await this.find(UUIDs)).filter((user) => user !== undefined);
    await indexAlikes(this.redis, this.keys, { users, from, to });
    return UUIDs.length;
  }

  /** Returns those of these users that exist. */
  async findForCopies(UUIDs: readonly string[]): Promise<ForCopies> {
    // The removals are read first: who is removed after that is not copied.
    const removals = await this.redis.hget(this.keys.directory.copying(), 'removals');
    const users = (await this.find(UUIDs)).filter((user) => user !== undefined);
    return { users, removals: Number(removals ?? 0) };
  }

  /** Returns the next users who are not noted as copied to the many slots, at most `most`. */
  async uncopied(most: number): Promise<Uncopied> {
    const copiedTo = await this.redis.hget(this.keys.directory.copying(), 'to');
    const { UUIDs, to } = await this.after(copiedTo ?? '0', most);
    return { ...(await this.findForCopies(UUIDs)), to };
  }

  /** Notes that every user up to this place is copied. It may be noted late, after a later place: then some are copied twice. */
  async noteCopied(to: string): Promise<void> {
    await this.redis.hset(this.keys.directory.copying(), 'to', to);
  }

  /** Notes that every user is copied, and that each new one is copied with the claim. Returns whether that is news. */
  async noteAllCopied(): Promise<boolean> {
    return (await this.redis.hset(this.keys.directory.copying(), 'all', 1)) === 1;
  }

  /** As {@link Directory.after}, by UUID. */
  async after(place: string, most: number): Promise<{ UUIDs: string[]; to: string | undefined }> {
    const order = this.keys.directory.order();
    const range = [order, `(${place}`, '+inf', 'BYSCORE', 'LIMIT', 0, most, 'WITHSCORES'] as const;
    const page = await this.redis.zrange(...range);
    return { UUIDs: page.filter((_, index) => index % 2 === 0), to: page.at(-1) };
  }
}
