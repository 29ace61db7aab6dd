import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { UserEventKind, UsersContract } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { clientOf, REDIS, type ServiceClient, within } from '@parley/service-kit';
import { AuthKeys } from '../redis/keys.js';

/** Events of one user that wait to be handed on at most, about; the oldest go first. */
export const TOLD_KEPT = 1_000;
/** How often a replica asks which kinds are asked for, in milliseconds. */
const ASK_EVERY_MS = 10_000;
/** How long a replica that starts waits for what was known before, in milliseconds. */
const RECALL_MS = 2_000;

/** What tells nobody. */
export const NOBODY_IS_TOLD = { keep: () => 0, note: () => Promise.resolve() };

/**
 * Which kinds of events somebody asks for, so that nothing is written down for nobody. The users service knows. What it has said last
 * is kept, so that a replica that starts while that service is away misses nothing.
 */
@Injectable()
export class EventKinds implements OnModuleInit, OnModuleDestroy {
  private kinds: ReadonlySet<string> = new Set();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: AuthKeys,
    @Inject(clientOf('users')) private readonly users: Pick<ServiceClient<UsersContract>, 'ask'>,
  ) {}

  async onModuleInit(): Promise<void> {
    const known = await within(RECALL_MS, this.redis.get(this.keys.toldKinds())).catch(() => null);
    this.kinds = new Set((known ?? '').split(',').filter((kind) => kind !== ''));
    void this.ask();
    this.timer = setInterval(() => void this.ask(), ASK_EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** Whether anybody asks for any. */
  get areAsked(): boolean {
    return this.kinds.size > 0;
  }

  /** How many events of a kind are kept for a user until they are handed on, about; 0 where nobody asks for them. */
  keep(kind: UserEventKind): number {
    return this.kinds.has(kind) ? TOLD_KEPT : 0;
  }

  /** A users service that does not answer, or does not know the question, leaves it as it was. */
  async ask(): Promise<void> {
    const answer = await this.users.ask('users.userEventKinds', {}).catch(() => undefined);
    if (answer === undefined) return;
    const [before, now] = [[...this.kinds].sort().join(), [...answer.kinds].sort().join()];
    this.kinds = new Set(answer.kinds);
    if (now !== before) await this.redis.set(this.keys.toldKinds(), now).catch(() => undefined);
  }
}
