import { Inject, Injectable } from '@nestjs/common';
import type { Identity } from '@parley/contracts';
import { usernameKey } from '@parley/protocol';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { type CopiedEntry, copyEntries } from '../redis/copy-entries.js';
import { UsersKeys } from '../redis/keys.js';
import { removeCopy } from '../redis/remove-copy.js';
import { bySlot, readBySlot, slotOf } from '../slots.js';
import type { Removal } from './directory.repository.js';

/**
 * Copies of the directory's names in many slots: by the user's UUID, and by the username. They decide nothing; those who read them
 * ask one slot for each user or name, whose master need not be that of the directory.
 */
@Injectable()
export class DirectoryCopies {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: UsersKeys,
  ) {}

  /** As {@link Directory.find}, of those who are copied. */
  async find(UUIDs: readonly string[]): Promise<(Identity | undefined)[]> {
    const names = await readBySlot(UUIDs, (slot, own) =>
      this.redis.hmget(this.keys.directoryOf(slot).names, ...own),
    );
    return UUIDs.map((UUID, index) => {
      const Username = names[index];
      return typeof Username === 'string' ? { UUID, Username } : undefined;
    });
  }

  /** Returns whose each of `names` is, in any letter case, of those that are copied. */
  async owners(names: readonly string[]): Promise<(string | undefined)[]> {
    const found = await readBySlot(names.map(usernameKey), (slot, own) =>
      this.redis.hmget(this.keys.directoryOf(slot).index, ...own),
    );
    return found.map((UUID) => UUID ?? undefined);
  }

  /**
   * Copies users, without those who were removed since. Idempotent.
   * @param removals how many users had been removed when these were read.
   */
  async add(users: readonly Identity[], removals: number): Promise<void> {
    const copy = (hash: 'names' | 'index', entries: readonly CopiedEntry[]) =>
      [...bySlot(entries, ({ field }) => field)].map(([slot, own]) => {
        const keys = this.keys.directoryOf(slot);
        const place = { copies: keys[hash], removed: keys.removed };
        return copyEntries(this.redis, { ...place, entries: own, removals });
      });
    const names = users.map(({ UUID, Username }) => ({ UUID, field: UUID, value: Username }));
    const index = users.map(({ UUID, Username }) => ({ UUID, field: usernameKey(Username), value: UUID }));
    await Promise.all([...copy('names', names), ...copy('index', index)]);
  }

  /** Removes a user's copies. A repetition that does not know the name any more finds it in the copy, which goes last. */
  async remove({ UUID, Username, removals }: Removal): Promise<void> {
    const name = Username ?? (await this.find([UUID]))[0]?.Username;
    if (name !== undefined) await this.removeFrom('index', usernameKey(name), { UUID, removals });
    await this.removeFrom('names', UUID, { UUID, removals });
  }

  private removeFrom(hash: 'names' | 'index', field: string, removal: Pick<Removal, 'UUID' | 'removals'>) {
    const keys = this.keys.directoryOf(slotOf(field));
    return removeCopy(this.redis, { copies: keys[hash], removed: keys.removed, field, ...removal });
  }
}
