import { Inject, Injectable } from '@nestjs/common';
import type { ChannelsContract, Identity } from '@parley/contracts';
import { clientOf, type ServiceClient } from '@parley/service-kit';
import { Gathering } from '../pacing/gathering.js';

/** Injection token of every {@link WatchSource}. A user watches what any of them knows. */
export const WATCH_SOURCES = Symbol('watch sources');

/** Knows users whose arrivals and departures concern a user. */
export interface WatchSource {
  /** @returns at most `most` of them. */
  watchedBy(user: Identity, most: number): Promise<readonly string[]>;
}

/** The partners of a user's private channels, as the channels service knows them. */
@Injectable()
export class PartnersSource implements WatchSource {
  private readonly asking: Gathering<{ userUUID: string; most: number }, readonly string[]>;

  constructor(@Inject(clientOf('channels')) channels: ServiceClient<ChannelsContract>) {
    this.asking = new Gathering({
      deadlineMs: channels.deadlineMs,
      delays: true,
      ask: (asked, deadlineMs, settle) =>
        channels.askEach(
          'channels.partnersOf',
          {
            users: asked.map(({ userUUID }) => userUUID),
            most: Math.max(...asked.map(({ most }) => most)),
          },
          {
            ...{ deadlineMs, isRepeatable: true, failsWhenUnhandled: true, count: asked.length },
            take: (place, outcome) => settle(place, 'partners' in outcome ? outcome.partners : outcome),
          },
        ),
    });
  }

  watchedBy({ UUID: userUUID }: Identity, most: number): Promise<readonly string[]> {
    return this.asking.request({ userUUID, most });
  }
}
