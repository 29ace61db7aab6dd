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
import { DIRECTORY, type Directory } from './directory.js';
import { endedGateways } from './metrics.js';
import { PRESENCE, type Presence } from './presence.js';
import { PRESENCE_TIMES, type PresenceTimes } from './presence-times.js';
import { Reach } from './reach.js';

/** The rules of presence: who comes online and goes offline, and what happens when a gateway ends. */
@Injectable()
export class PresenceService {
  constructor(
    @Inject(PRESENCE) private readonly presence: Presence,
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
    if (await this.presence.beginEnding(gatewayId, 'given up')) await this.cleanUpAfter(gatewayId);
  }

  /** Cleans up after every gateway whose lease has run out, unless another replica does. */
  async endExpired(): Promise<void> {
    for (const gatewayId of await this.presence.findEnded()) {
      if (await this.presence.beginEnding(gatewayId, 'expired')) await this.cleanUpAfter(gatewayId);
    }
  }

  /**
   * Notes a step as done after its event is stored. If a replica dies between the two, the next one repeats the step and
   * publishes the event again. So an event comes at least once, and usually once.
   */
  private async cleanUpAfter(gatewayId: string): Promise<void> {
    for (;;) {
      const { left, departed } = await this.presence.endConnections(gatewayId);
      if (departed.length > 0) {
        await this.tell(departed);
        await this.presence.forgetDeparted(gatewayId, departed);
      } else if (left === 0) {
        break;
      }
    }
    await this.events.publish<GatewayEnded>(GATEWAY_ENDED, { gatewayId });
    await this.presence.finishEnding(gatewayId);
    endedGateways.inc();
  }

  private async tell(UUIDs: readonly string[]): Promise<void> {
    const found = await this.directory.find(UUIDs);
    const users = found.filter((user) => user !== undefined);
    if (users.length === 0) return;
    await this.events.publish<UsersWentOffline>(USERS_WENT_OFFLINE, { users, reach: await this.reach() });
  }
}
