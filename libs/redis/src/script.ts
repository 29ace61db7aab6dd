import { createHash } from 'node:crypto';
import type { RedisConnection } from './connection.js';

/** A Lua script that runs by its SHA-1, and is sent whole only when Redis does not know it yet. */
export class Script {
  /** The SHA-1 by which a Redis that knows the script runs it. */
  readonly sha: string;

  /** @param source the script with its preludes. A wrapper imports it from `<name>.lua.js`. */
  constructor(readonly source: string) {
    this.sha = createHash('sha1').update(source).digest('hex');
  }

  /** Runs the script; every key must lie in one hash slot. Rejects with Redis's error. */
  async run(
    redis: RedisConnection,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<unknown> {
    const rest = [...keys, ...args];
    try {
      return await redis.evalsha(this.sha, keys.length, ...rest);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return redis.eval(this.source, keys.length, ...rest);
    }
  }
}
