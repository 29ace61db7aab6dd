import { AppError } from '@parley/protocol';
import type { RedisConnection, Script } from '@parley/redis';
import type { Redis } from 'ioredis';
import { publishCommand } from './publish-command.js';

/** Injection token of the {@link Appender}. */
export const APPENDER = Symbol('appender');

/** Runs the scripts that append to logs, and sees to it that their frames are published. */
export interface Appender {
  /** What a script is told to publish with; RETURN: it returns the frames instead. */
  readonly publish: 'PUBLISH' | 'SPUBLISH' | typeof RETURN;
  /** Whether logs lie in slots, so that one run appends to one log only. */
  readonly isCluster: boolean;
  /**
   * Returns the script's outcomes once its frames are published. Rejects with Redis's error, or {@link NotOnReplicas} for all
   * outcomes of a script.
   */
  append(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>;
}

/** In place of the command that publishes. */
export const RETURN = 'RETURN';

/** How long replicas may take to confirm what was written, in milliseconds. One that keeps up takes about 1. */
export const CONFIRMED_WITHIN_MS = 1_000;

/** What is stored, but not on enough replicas yet. What is sent again is recognised, and waits for them again. */
export class NotOnReplicas extends AppError {
  constructor() {
    super('UNAVAILABLE', {
      message:
        'The message is stored, but not on enough replicas of Redis yet. Send it again with its clientUUID.',
      retryAfterMs: 1_000,
    });
  }
}

/** The script publishes in the step that appends. */
export class PublishingAppender implements Appender {
  readonly publish: 'PUBLISH' | 'SPUBLISH';
  readonly isCluster: boolean;

  constructor(private readonly redis: RedisConnection) {
    this.publish = publishCommand(redis);
    this.isCluster = redis.isCluster;
  }

  append(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return script.run(this.redis, keys, args);
  }
}

interface Run {
  readonly script: Script;
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
  resolve(outcomes: unknown): void;
  reject(error: Error): void;
}

/** What a script returns with RETURN: its outcomes, then channels and frames in turn. */
type Appended = readonly [outcomes: unknown, unpublished: readonly Buffer[]];
type Replies = readonly (readonly [Error | null, unknown])[];

/**
 * What the script appends is on a number of replicas before it is published and answered. The runs that arrive while earlier
 * ones are under way go together, with one WAIT for all: WAIT holds up its connection, and a replica that confirms the last
 * write has them all. There are as many runs at most as requests are handled at once.
 *
 * WAIT means the writes of its connection. The client repeats a pipeline after a lost connection only if none of it was
 * answered; then all of it goes to the new connection. So a WAIT never means less than the scripts before it.
 */
export class ReplicatedAppender implements Appender {
  readonly publish = RETURN;
  readonly isCluster = false;
  private waiting: Run[] = [];
  private isUnderWay = false;

  /**
   * @param redis a connection that nothing else uses.
   * @param replicas how many must have what was written.
   */
  constructor(
    private readonly redis: Redis,
    private readonly replicas: number,
  ) {}

  append(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ script, keys, args, resolve, reject });
      if (!this.isUnderWay) void this.runWaiting();
    });
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }

  private async runWaiting(): Promise<void> {
    this.isUnderWay = true;
    while (this.waiting.length > 0) {
      const runs = this.waiting;
      this.waiting = [];
      const again = await this.runAll(runs, false);
      if (again.length > 0) await this.runAll(again, true);
    }
    this.isUnderWay = false;
  }

  /**
   * Runs scripts and waits for the replicas. Returns those to run again, unless this is the second time: Redis did not know
   * the script, or the connection was lost. Then the script finds what it has stored.
   */
  private async runAll(runs: readonly Run[], isSecond: boolean): Promise<readonly Run[]> {
    const pipeline = this.redis.pipeline();
    for (const { script, keys, args } of runs) {
      if (isSecond) pipeline.callBuffer('EVAL', script.source, keys.length, ...keys, ...args);
      else pipeline.callBuffer('EVALSHA', script.sha, keys.length, ...keys, ...args);
    }
    const replies = (await pipeline.wait(this.replicas, CONFIRMED_WITHIN_MS).exec()) as Replies;
    const [lost, confirmed] = replies.at(-1)!;
    const again: Run[] = [];
    for (const [at, run] of runs.entries()) {
      const [error, reply] = replies[at]!;
      const fault = error ?? lost;
      if (fault === null) void this.finish(run, reply as Appended, (confirmed as number) >= this.replicas);
      else if (!isSecond && (lost !== null || fault.message.startsWith('NOSCRIPT'))) again.push(run);
      else run.reject(fault);
    }
    return again;
  }

  /**
   * Publishes even what is not on enough replicas: readers of the log see it too, and members must not miss what its sender
   * may never send again. But it is not answered as stored.
   */
  private async finish(run: Run, [outcomes, unpublished]: Appended, isConfirmed: boolean): Promise<void> {
    try {
      const published: Promise<unknown>[] = [];
      for (let at = 0; at < unpublished.length; at += 2)
        published.push(this.redis.publish(unpublished[at]!, unpublished[at + 1]!));
      await Promise.all(published);
    } catch (error) {
      return run.reject(error as Error);
    }
    // What appended nothing waits for nothing.
    if (isConfirmed || unpublished.length === 0) run.resolve(asText(outcomes));
    else run.reject(new NotOnReplicas());
  }
}

/** The outcomes as the client gives them where no bytes are asked for. */
function asText(outcomes: unknown): unknown {
  if (Buffer.isBuffer(outcomes)) return outcomes.toString();
  return Array.isArray(outcomes) ? outcomes.map(asText) : outcomes;
}
