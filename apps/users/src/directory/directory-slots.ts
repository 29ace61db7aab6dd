import { Inject, Injectable } from '@nestjs/common';
import type { Identity } from '@parley/contracts';
import type { Since } from '../redis/claim-username.js';
import { DIRECTORY_CHOICE, type SlotChoice } from '../slots-in-use.js';
import type { ClaimAs, Directory, FollowingUsers } from './directory.js';
import { DirectoryRepository, type Removal } from './directory.repository.js';
import { DirectoryCopies } from './directory-copies.js';

/**
 * The {@link Directory} of all users. Its one slot decides every claim, and has the order of registration. Names are read there, as
 * the release before does, or from copies in many slots. Who has no copy is looked up in the one slot; a name that has none, until
 * everyone is copied: most names that people look for are nobody's.
 */
@Injectable()
export class DirectorySlots implements Directory {
  constructor(
    private readonly one: DirectoryRepository,
    private readonly copies: DirectoryCopies,
    @Inject(DIRECTORY_CHOICE) private readonly choice: Pick<SlotChoice, 'now'>,
  ) {}

  /** A claim that is cut off before it is copied has no answer. The repetition copies it, or {@link DirectoryCopying} does. */
  async claim(user: Identity, since?: Since, as?: ClaimAs): Promise<Identity> {
    const { writes } = await this.choice.now();
    const claimed = await this.one.claim(user, since, as);
    // Not sooner: a replica that does not know yet that there will be copies would not remove this one.
    if (writes === 'many') await this.copies.add([claimed.user], claimed.removals);
    return claimed.user;
  }

  async forget(userUUID: string): Promise<void> {
    await this.remove(() => this.one.forget(userUUID));
  }

  async purge(UUID: string, Username?: string, isToRename?: boolean): Promise<void> {
    await this.remove(() => this.one.purge(UUID, Username, isToRename));
  }

  async find(UUIDs: readonly string[]): Promise<(Identity | undefined)[]> {
    const { writes, both } = await this.choice.now();
    if (writes === 'one') return this.one.find(UUIDs);
    if (both) return this.findInBoth(UUIDs);
    return fromEither(
      UUIDs,
      (all) => this.copies.find(all),
      (missing) => this.findLost(missing),
    );
  }

  /** In the one slot: times are shown, and decide nothing. */
  createdAt(UUIDs: readonly string[]): Promise<(number | undefined)[]> {
    return this.one.createdAt(UUIDs);
  }

  async findNamed(names: readonly string[]): Promise<Identity[]> {
    const owners = await this.ownersOf(names);
    const users = await this.find([...new Set(owners.filter((UUID) => UUID !== undefined))]);
    return users.filter((user) => user !== undefined);
  }

  async page(offset: number, limit: number): Promise<{ total: number; users: Identity[] }> {
    const { total, UUIDs } = await this.one.page(offset, limit);
    return { total, users: await this.listed(UUIDs) };
  }

  async after(place: string, limit: number): Promise<FollowingUsers> {
    const { UUIDs, to } = await this.one.after(place, limit);
    return { users: await this.listed(UUIDs), to, isEnd: UUIDs.length < limit };
  }

  indexAlikes(most: number): Promise<number> {
    return this.one.indexAlikes(most);
  }

  /** The number of the removal comes from the one slot, so that no late copy of what was there before stays. */
  private async remove(fromOne: () => Promise<Removal>): Promise<void> {
    const { writes, both } = await this.choice.now();
    const removal = await fromOne();
    if (writes === 'many' || both) await this.copies.remove(removal);
  }

  /** Those of a page exist, so one who has no copy is on the way there. */
  private async listed(UUIDs: readonly string[]): Promise<Identity[]> {
    const { writes } = await this.choice.now();
    const users = await (writes === 'one' ? this.one.find(UUIDs) : this.findInBoth(UUIDs));
    return users.filter((user) => user !== undefined);
  }

  private findInBoth(UUIDs: readonly string[]): Promise<(Identity | undefined)[]> {
    return fromEither(
      UUIDs,
      (all) => this.copies.find(all),
      (missing) => this.one.find(missing),
    );
  }

  /**
   * Finds those whose copy was lost with its master, or whose claim was cut off, and copies them again: also for those who look for
   * them by name. Finds nobody while the one slot is away, so that others are found.
   */
  private async findLost(UUIDs: readonly string[]): Promise<(Identity | undefined)[]> {
    const found = await this.one.find(UUIDs).catch((): (Identity | undefined)[] => []);
    const lost = found.flatMap((user) => user?.UUID ?? []);
    // What fails is repeated when they are looked up again.
    if (lost.length > 0) await this.copyAgain(lost).catch(() => undefined);
    return UUIDs.map((_, index) => found[index]);
  }

  private async copyAgain(UUIDs: readonly string[]): Promise<void> {
    const { users, removals } = await this.one.findForCopies(UUIDs);
    await this.copies.add(users, removals);
  }

  private async ownersOf(names: readonly string[]): Promise<(string | undefined)[]> {
    const { writes, both } = await this.choice.now();
    if (writes === 'one') return this.one.owners(names);
    if (!both) return this.copies.owners(names);
    return fromEither(
      names,
      (all) => this.copies.owners(all),
      (missing) => this.one.owners(missing),
    );
  }
}

/** Looks everything up in one place, and in the other what is missing there. */
async function fromEither<T>(
  ids: readonly string[],
  first: (ids: readonly string[]) => Promise<(T | undefined)[]>,
  second: (ids: readonly string[]) => Promise<(T | undefined)[]>,
): Promise<(T | undefined)[]> {
  const found = await first(ids);
  const missing = ids.filter((_, index) => found[index] === undefined);
  if (missing.length === 0) return found;
  const rest = (await second(missing)).values();
  return found.map((each) => each ?? rest.next().value);
}
