import { Inject, Injectable } from '@nestjs/common';
import type { PresentConnection } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import type { AllPresence, EndedBatch, Presence, PresenceSlot } from './presence.js';
import { PresenceRepository } from './presence.repository.js';
import { PRESENCE_TIMES, type PresenceTimes } from './presence-times.js';
import { UsersKeys } from './redis/keys.js';
import { readBySlot, SLOTS, slotOf } from './slots.js';
import { PRESENCE_CHOICE, type SlotChoice } from './slots-in-use.js';
import { NOBODY_IS_TOLD, UserEventKinds } from './user-events/user-event-kinds.js';

/**
 * The presence of all users: in one slot, as the release before has it, or in {@link SLOTS}, so that the masters of a Cluster share
 * the work. While it goes from one to many, a user may have connections in both.
 */
@Injectable()
export class PresenceSlots implements AllPresence {
  private readonly one: Presence;
  private readonly many: readonly Presence[];

  constructor(
    @Inject(REDIS) redis: RedisConnection,
    keys: UsersKeys,
    @Inject(PRESENCE_TIMES) times: Pick<PresenceTimes, 'leaseMs' | 'claimMs'>,
    @Inject(PRESENCE_CHOICE) private readonly choice: Pick<SlotChoice, 'now'>,
    @Inject(UserEventKinds) kinds: Pick<UserEventKinds, 'keep'> = NOBODY_IS_TOLD,
  ) {
    this.one = new PresenceRepository(redis, keys, times, () => kinds.keep('user'));
    this.many = Array.from(
      { length: SLOTS },
      (_, slot) =>
        new PresenceRepository(redis, keys.presenceOf(slot), times, () =>
          Math.ceil(kinds.keep('user') / SLOTS),
        ),
    );
  }

  async online(UUIDs: readonly string[]): Promise<boolean[]> {
    const { writes, both } = await this.choice.now();
    if (both) {
      const [inOne, inMany] = await Promise.all([this.one.online(UUIDs), this.onlineInMany(UUIDs)]);
      return UUIDs.map((_, index) => inOne[index] === true || inMany[index] === true);
    }
    return writes === 'one' ? this.one.online(UUIDs) : this.onlineInMany(UUIDs);
  }

  async countOnline(): Promise<number> {
    const counts = await Promise.all((await this.inUse()).map((slot) => slot.countOnline()));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async connect(connection: PresentConnection): Promise<boolean> {
    const { writes, both } = await this.choice.now();
    const { UUID } = connection.user;
    const [slot, other] = writes === 'one' ? [this.one, this.ofUser(UUID)] : [this.ofUser(UUID), this.one];
    const isOnly = await slot.connect(connection);
    return isOnly && both ? !(await other.online([UUID]))[0] : isOnly;
  }

  async disconnect(connection: PresentConnection): Promise<boolean> {
    const { writes, both } = await this.choice.now();
    const slot = this.ofUser(connection.user.UUID);
    const slots = both ? [this.one, slot] : [writes === 'one' ? this.one : slot];
    const gone = await Promise.all(slots.map((each) => each.disconnect(connection)));
    return gone.every(Boolean);
  }

  /** A gateway that is not known where nothing is noted yet is known all the same. */
  async renewLease(gatewayId: string): Promise<boolean> {
    const { writes, both } = await this.choice.now();
    const renew = (slots: readonly Presence[]) =>
      Promise.all(slots.map((slot) => slot.renewLease(gatewayId)));
    const [inOne, inMany] = await Promise.all([
      renew(both || writes === 'one' ? [this.one] : []),
      renew(both || writes === 'many' ? this.many : []),
    ]);
    return (writes === 'one' ? inOne : inMany).every(Boolean);
  }

  async slots(): Promise<readonly PresenceSlot[]> {
    const { writes } = await this.choice.now();
    const one = this.slotFor(this.one, () => writes === 'one');
    if (writes === 'one') return [one];
    // The one slot is looked at for good: a replica that was stalled may have noted something there.
    return [one, ...this.many.map((slot, n) => this.slotFor(slot, (gatewayId) => slotOf(gatewayId) === n))];
  }

  private ofUser(UUID: string): Presence {
    return this.many[slotOf(UUID)]!;
  }

  private async inUse(): Promise<readonly Presence[]> {
    const { writes, both } = await this.choice.now();
    if (both) return [this.one, ...this.many];
    return writes === 'one' ? [this.one] : this.many;
  }

  private onlineInMany(UUIDs: readonly string[]): Promise<boolean[]> {
    return readBySlot(UUIDs, (slot, own) => this.many[slot]!.online(own));
  }

  private slotFor(slot: Presence, isHomeOf: (gatewayId: string) => boolean): PresenceSlot {
    return {
      findEnded: () => slot.findEnded(),
      beginEnding: (gatewayId, reason) => slot.beginEnding(gatewayId, reason),
      endConnections: (gatewayId) => this.endConnections(slot, gatewayId),
      forgetDeparted: (gatewayId, UUIDs) => slot.forgetDeparted(gatewayId, UUIDs),
      finishEnding: (gatewayId) => slot.finishEnding(gatewayId),
      isHomeOf,
    };
  }

  /** Who has connections in another slot has not departed. */
  private async endConnections(slot: Presence, gatewayId: string): Promise<EndedBatch> {
    const { left, departed } = await slot.endConnections(gatewayId);
    if (departed.length === 0 || !(await this.choice.now()).both) return { left, departed };
    const online = await this.online(departed);
    const stays = departed.filter((_, index) => online[index]);
    if (stays.length > 0) await slot.forgetDeparted(gatewayId, stays);
    return { left, departed: departed.filter((_, index) => !online[index]) };
  }
}
