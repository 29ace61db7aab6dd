import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RedisConnection } from '../transport-options.js';

/**
 * Reads a Lua file that lies beside the source of its wrapper. The compiled wrapper runs from `dist/`, the
 * script stays in `src/`: there is one copy of it.
 * @param moduleUrl the wrapper's `import.meta.url`.
 */
function scriptSource(moduleUrl: string, file: string): string {
  const url = new URL(file, moduleUrl);
  const lastDist = url.href.lastIndexOf('/dist/');
  const compiled = lastDist > url.href.lastIndexOf('/src/');
  const source = compiled ? `${url.href.slice(0, lastDist)}/src/${url.href.slice(lastDist + 6)}` : url.href;
  return readFileSync(new URL(source), 'utf8');
}

/**
 * A Lua script that runs by its SHA-1, and is sent whole only when Redis does not know it yet. `@parley/redis` has the same
 * class for the services; this package stands alone, so it has its own.
 */
export class Script {
  private readonly source: string;
  private readonly sha: string;

  /** @param flags of Redis's scripts, such as `allow-oom`. */
  constructor(moduleUrl: string, file: string, flags: readonly string[] = []) {
    const shebang = flags.length > 0 ? `#!lua flags=${flags.join()}\n` : '';
    this.source = shebang + scriptSource(moduleUrl, file);
    this.sha = createHash('sha1').update(this.source).digest('hex');
  }

  /** Runs the script; every key must lie in one hash slot. Rejects with Redis's error, or ioredis's of the connection. */
  async run(
    redis: RedisConnection,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    try {
      return await redis.evalsha(this.sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return redis.eval(this.source, keys.length, ...keys, ...args);
    }
  }
}
