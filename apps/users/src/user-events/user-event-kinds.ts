import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { UserEventKind } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { REDIS, within } from '@parley/service-kit';
import { UsersKeys } from '../redis/keys.js';

/** Events that wait to be fetched at most, about, of presence and of accounts each; the oldest go first. */
export const TOLD_KEPT = 65_536;
/** How often a replica looks which kinds are asked for, in milliseconds. */
const LOOK_EVERY_MS = 2_000;
/** How long a kind is written down after somebody asked for it last, in milliseconds: longer than the channels service is away. */
const WANTED_MS = 7 * 86_400_000;
/** How long what was not fetched stays, in milliseconds. */
export const TOLD_STAYS_MS = WANTED_MS + 86_400_000;
/** How often it is noted again that a kind is asked for, in milliseconds. */
const NOTED_EVERY_MS = 3_600_000;

/** For what tells nobody. */
export const NOBODY_IS_TOLD = { keep: () => 0 };

/**
 * Which kinds of events somebody asks for, so that nothing is written down for nobody. The channels service says so when it fetches
 * them, and each replica learns it from Redis, so that no setting has to agree with that of another service.
 */
@Injectable()
export class UserEventKinds implements OnModuleInit, OnModuleDestroy {
  /** Undefined where it is not known: then everything is written down. */
  private kinds: ReadonlySet<string> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private notedAt = Number.NEGATIVE_INFINITY;

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: UsersKeys,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.look();
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** How many events of a kind are to be kept until they are fetched, about; 0 where nobody asks for them. */
  keep(kind: UserEventKind): number {
    return this.kinds === undefined || this.kinds.has(kind) ? TOLD_KEPT : 0;
  }

  /** Those that are asked for. */
  async wanted(): Promise<UserEventKind[]> {
    const kinds = await this.redis.get(this.keys.directory.toldKinds());
    return (kinds ?? '').split(',').filter((kind) => kind !== '') as UserEventKind[];
  }

  /** Notes what is asked for from now on. The other replicas know within two seconds. */
  async ask(kinds: readonly UserEventKind[], now = performance.now()): Promise<void> {
    const text = [...kinds].sort().join(',');
    const isKnown = this.kinds !== undefined && [...this.kinds].sort().join(',') === text;
    if (isKnown && now - this.notedAt < NOTED_EVERY_MS) return;
    await this.redis.set(this.keys.directory.toldKinds(), text, 'PX', WANTED_MS);
    this.kinds = new Set(kinds);
    this.notedAt = now;
  }

  /** Where Redis does not answer, what was known before counts. */
  private async look(): Promise<void> {
    try {
      this.kinds = new Set(await within(LOOK_EVERY_MS, this.wanted()));
    } catch {
      // The next look tells. Other uses of this connection report what is wrong with it.
    }
  }
}
