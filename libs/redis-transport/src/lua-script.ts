import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { RedisConnection } from './transport-options.js';

/** The text of a `.lua` file that lies beside the calling module's source; the build does not copy it. */
function scriptSource(moduleUrl: string, name: string): string {
  return readFileSync(fileURLToPath(new URL(name, moduleUrl.replace('/dist/', '/src/'))), 'utf8');
}

/** One Lua script, sent as its hash, and whole when Redis does not have it. */
export class LuaScript {
  private readonly source: string;
  private readonly sha: string;

  constructor(moduleUrl: string, name: string) {
    this.source = scriptSource(moduleUrl, name);
    this.sha = createHash('sha1').update(this.source).digest('hex');
  }

  /** @throws whatever Redis answers, and connection errors of ioredis. */
  async run(
    client: RedisConnection,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    try {
      return await client.evalsha(this.sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return client.eval(this.source, keys.length, ...keys, ...args);
    }
  }
}
