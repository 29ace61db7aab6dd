import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { UserEvent, UserEventKind, UsersContract } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { clientOf, LOGGER, type Logger, REDIS, type ServiceClient } from '@parley/service-kit';
import { groupBy } from '../group-by.js';
import { ChannelKeys } from '../redis/keys.js';
import { appendUserEvents } from './redis/append-user-events.js';
import { claimUserEvents } from './redis/claim-user-events.js';
import { Webhooks } from './webhooks.js';

/** How often a replica looks for new events, in milliseconds. */
const LOOK_EVERY_MS = 1_000;
/** How long one replica fetches without a step until another may, in milliseconds. */
const CLAIM_MS = 15_000;
/** Users whose logs are appended to at once. */
const AT_ONCE = 32;
/** Events that the log of a user keeps at least. */
export const USER_EVENTS_KEPT = 1_000;

/** Injection token of how long the log of a user stays after its newest event, in milliseconds. */
export const USER_EVENTS_KEEP_MS = Symbol('how long events of users are kept');

/** What this asks of the users service. */
type Source = Pick<ServiceClient<UsersContract>, 'ask'>;

/**
 * Fetches what happens to users from the users service, which has written it down in the steps that made it so, and appends it to a
 * log for each user. One replica at a time does. Events are fetched again until they are known to be in the logs, and are appended
 * once. Without a webhook that asks for them nothing is done.
 */
@Injectable()
export class UserEvents implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly by = randomUUID();
  private readonly stopping = new AbortController();
  private ended: Promise<void> = Promise.resolve();
  private isFailing = false;

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
    private readonly webhooks: Webhooks,
    @Inject(clientOf('users')) private readonly users: Source,
    @Inject(USER_EVENTS_KEEP_MS) private readonly keepMs: number,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    const kinds = this.webhooks.kindsOfUsers;
    if (kinds.length > 0) this.ended = this.run(kinds);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.ended;
  }

  /** Fetches a page, unless another replica does. @returns whether there are more events. Rejects as the users service and Redis do. */
  async fetch(kinds: readonly UserEventKind[]): Promise<boolean> {
    const after = await claimUserEvents(this.redis, this.keys, { by: this.by, ms: CLAIM_MS });
    if (after === undefined) return false;
    const { events, more } = await this.users.ask('users.userEvents', { kinds, after });
    if (events.length === 0) return more;
    await this.append(events);
    const newest = new Map(events.map(({ stream, id }) => [stream, id]));
    await this.redis.hset(this.keys.userEventsFetched(), Object.fromEntries(newest));
    return more;
  }

  private async run(kinds: readonly UserEventKind[]): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const more = await this.fetch(kinds).then(
        (result) => this.noteWell(result),
        (error: unknown) => this.noteFailed(error),
      );
      if (!more) await sleep(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Those of one user follow each other. */
  private async append(events: readonly UserEvent[]): Promise<void> {
    const byUser = [...groupBy(events, ({ user }) => user.UUID)];
    for (let at = 0; at < byUser.length; at += AT_ONCE)
      await Promise.all(byUser.slice(at, at + AT_ONCE).map((one) => this.appendFor(...one)));
  }

  private async appendFor(userUUID: string, events: readonly UserEvent[]): Promise<void> {
    const fetched = events.map((event) => ({ stream: event.stream, id: event.id, json: jsonOf(event) }));
    const log = { userUUID, events: fetched, keep: USER_EVENTS_KEPT, keepMs: this.keepMs };
    const seqs = await appendUserEvents(this.redis, this.keys, log);
    await Promise.all(
      events.map(({ type }, n) => this.webhooks.tellOfUser(userUUID, kindOf(type), seqs[n]!)),
    );
  }

  private noteWell(more: boolean): boolean {
    if (this.isFailing) this.logger.info('events of users are fetched again');
    this.isFailing = false;
    return more;
  }

  private noteFailed(error: unknown): false {
    if (!this.isFailing) this.logger.warn({ err: error }, 'events of users are not fetched');
    this.isFailing = true;
    return false;
  }
}

/** The event as webhooks get it, with the id that it always has. */
function jsonOf({ stream, id, key, type, user, at, ...more }: UserEvent): string {
  const name = key ?? `${stream} ${id}`;
  const hash = createHash('sha256').update(['user', user.UUID, type, name].join('\n')).digest('base64url');
  const { sessionUUID } = more;
  const data = { user, at: new Date(at).toISOString(), ...(sessionUUID && { sessionUUID }) };
  return JSON.stringify({ id: `evt_${hash.slice(0, 32)}`, type, data });
}

const kindOf = (type: UserEvent['type']): UserEventKind => type.split('.', 1)[0] as UserEventKind;
