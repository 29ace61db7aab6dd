import { Inject, Injectable } from '@nestjs/common';
import {
  GATEWAY_ENDED,
  type GatewayEnded,
  type PresenceReach,
  type PresentConnection,
  USERS_WENT_OFFLINE,
  type UsersWentOffline,
} from '@parley/contracts';
import { EventPublisher, type Events } from '@parley/service-kit';
import { DIRECTORY, type Directory } from './directory/directory.js';
import { endedGateways } from './metrics.js';
import { type AllPresence, PRESENCE, type PresenceSlot } from './presence.js';
import { PRESENCE_TIMES, type PresenceTimes } from './presence-times.js';
import { Reach } from './reach.js';

/** The rules of presence: who comes online and goes offline, and what happens when a gateway ends. */
@Injectable()
export class PresenceService {
  constructor(
    @Inject(PRESENCE) private readonly presence: AllPresence,
    @Inject(DIRECTORY) private readonly directory: Directory,
    @Inject(EventPublisher) private readonly events: Events,
    @Inject(PRESENCE_TIMES) private readonly times: Pick<PresenceTimes, 'renewAfterMs'>,
    @Inject(Reach) private readonly reaching: Pick<Reach, 'now'>,
  ) {}

  /** Who is told of arrivals and departures now. */
  reach(): Promise<PresenceReach> {
    return this.reaching.now();
  }

  /** Notes a connection. Returns whether it brought the user online. */
  connect(connection: PresentConnection): Promise<boolean> {
    return this.presence.connect(connection);
  }

  /** Forgets a connection. Returns whether the user went offline with it. */
  disconnect(connection: PresentConnection): Promise<boolean> {
    return this.presence.disconnect(connection);
  }

  /** Keeps a gateway alive. `known` is false if its connections are no longer noted. */
  async renewLease(
    gatewayId: string,
  ): Promise<{ known: boolean; renewAfterMs: number; reach: PresenceReach }> {
    const [known, reach] = await Promise.all([this.presence.renewLease(gatewayId), this.reach()]);
    return { known, renewAfterMs: this.times.renewAfterMs, reach };
  }

  /** Ends a gateway that gives its lease up. Its users are offline when this resolves, unless another replica cleans up. */
  async endLease(gatewayId: string): Promise<void> {
    const slots = await this.presence.slots();
    await Promise.all(slots.map((slot) => this.endIn(slot, gatewayId, 'given up')));
  }

  /** Cleans up after every gateway whose lease has run out, unless another replica does. */
  async endExpired(): Promise<void> {
    const ended = await Promise.allSettled(
      (await this.presence.slots()).map(async (slot) => {
        for (const gatewayId of await slot.findEnded()) await this.endIn(slot, gatewayId, 'expired');
      }),
    );
    // A slot whose master is away holds the others back no longer than it takes to find out.
    const failed = ended.find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  private async endIn(slot: PresenceSlot, gatewayId: string, reason: 'expired' | 'given up'): Promise<void> {
    if (await slot.beginEnding(gatewayId, reason)) await this.cleanUpAfter(slot, gatewayId);
  }

  /**
   * Notes a step as done after its event is stored. If a replica dies between the two, the next one repeats the step and
   * publishes the event again. So an event comes at least once, and usually once.
   */
  private async cleanUpAfter(slot: PresenceSlot, gatewayId: string): Promise<void> {
    for (;;) {
      const { left, departed } = await slot.endConnections(gatewayId);
      if (departed.length > 0) {
        await this.tell(departed);
        await slot.forgetDeparted(gatewayId, departed);
      } else if (left === 0) {
        break;
      }
    }
    const isHome = slot.isHomeOf(gatewayId);
    if (isHome) await this.events.publish<GatewayEnded>(GATEWAY_ENDED, { gatewayId });
    await slot.finishEnding(gatewayId);
    if (isHome) endedGateways.inc();
  }

  private async tell(UUIDs: readonly string[]): Promise<void> {
    const found = await this.directory.find(UUIDs);
    const users = found.filter((user) => user !== undefined);
    if (users.length === 0) return;
    await this.events.publish<UsersWentOffline>(USERS_WENT_OFFLINE, { users, reach: await this.reach() });
  }
}
