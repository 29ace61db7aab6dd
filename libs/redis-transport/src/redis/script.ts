import { createHash } from 'node:crypto';
import type { RedisConnection } from '../transport-options.js';

/**
 * A Lua script that runs by its SHA-1, and is sent whole only when Redis does not know it yet. `@parley/redis` has the same
 * class for the services; this package stands alone, so it has its own.
 */
export class Script {
  private readonly source: string;
  private readonly sha: string;

  /**
   * @param source the script. A wrapper imports it from `<name>.lua.js`.
   * @param flags of Redis's scripts, such as `allow-oom`.
   */
  constructor(source: string, flags: readonly string[] = []) {
    const shebang = flags.length > 0 ? `#!lua flags=${flags.join()}\n` : '';
    this.source = shebang + source;
    this.sha = createHash('sha1').update(this.source).digest('hex');
  }

  /** Runs the script; every key must lie in one hash slot. Rejects with Redis's error, or ioredis's of the connection. */
  async run(
    redis: RedisConnection,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    // One list: as so many arguments of a function, those of a large turn would overflow the stack. ioredis takes lists apart.
    const all = [...keys, ...args] as unknown as string;
    try {
      return await redis.evalsha(this.sha, keys.length, all);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return redis.eval(this.source, keys.length, all);
    }
  }
}
