import { Inject, Injectable } from '@nestjs/common';
import type { ChannelsContract, Identity, UsersContract } from '@parley/contracts';
import type { AppError } from '@parley/protocol';
import { clientOf, type ServiceClient } from '@parley/service-kit';
import { Gathering } from '../pacing/gathering.js';

/** Injection token of every {@link WatchSource}. A user watches what any of them knows. */
export const WATCH_SOURCES = Symbol('watch sources');

/** Knows users whose arrivals and departures concern a user. */
export interface WatchSource {
  /** @returns at most `most` of them. */
  watchedBy(user: Identity, most: number): Promise<readonly string[]>;
}

/** Options of a request for many users. One of the release before does not know it: the others are watched. */
interface AskOptions {
  readonly deadlineMs: number;
  readonly isRepeatable: true;
  readonly failsWhenUnhandled: true;
  readonly count: number;
}

type Settle = (place: number, UUIDs: readonly string[] | AppError) => void;

/** A source that asks a service about many users in one request. */
class GatheredSource implements WatchSource {
  private readonly asking: Gathering<{ userUUID: string; most: number }, readonly string[]>;

  /** @param ask sends the request. */
  constructor(
    deadlineMs: number,
    ask: (
      request: { users: readonly string[]; most: number },
      options: AskOptions,
      settle: Settle,
    ) => Promise<void>,
  ) {
    this.asking = new Gathering({
      deadlineMs,
      delays: true,
      ask: (asked, leftMs, settle) => {
        const users = asked.map(({ userUUID }) => userUUID);
        const most = Math.max(...asked.map((each) => each.most));
        const always = { isRepeatable: true, failsWhenUnhandled: true } as const;
        return ask({ users, most }, { ...always, deadlineMs: leftMs, count: users.length }, settle);
      },
    });
  }

  watchedBy({ UUID: userUUID }: Identity, most: number): Promise<readonly string[]> {
    return this.asking.request({ userUUID, most });
  }
}

/** The partners of a user's private channels, as the channels service knows them. */
@Injectable()
export class PartnersSource extends GatheredSource {
  constructor(@Inject(clientOf('channels')) channels: ServiceClient<ChannelsContract>) {
    super(channels.deadlineMs, (request, options, settle) =>
      channels.askEach('channels.partnersOf', request, {
        ...options,
        take: (place, outcome) => settle(place, 'partners' in outcome ? outcome.partners : outcome),
      }),
    );
  }
}

/** A user's contacts. */
@Injectable()
export class ContactsSource extends GatheredSource {
  constructor(@Inject(clientOf('users')) users: ServiceClient<UsersContract>) {
    super(users.deadlineMs, (request, options, settle) =>
      users.askEach('users.contactUUIDs', request, {
        ...options,
        take: (place, outcome) => settle(place, 'contacts' in outcome ? outcome.contacts : outcome),
      }),
    );
  }
}
