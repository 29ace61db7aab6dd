import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RedisConnection } from './connection.js';

/** What a script's header says of its prelude: the name of a Lua file beside it. */
const PRELUDE = /^(?:--.*\n)*?-- Prelude: (\S+\.lua)\n/;

/**
 * The name of the Lua file that must precede a script, by the line `-- Prelude: <file>` of its header. A prelude holds the
 * local functions that several scripts share, and may name a prelude of its own.
 */
export const preludeOf = (source: string): string | undefined => PRELUDE.exec(source)?.[1];

/**
 * Reads a Lua file that lies beside the source of its wrapper, after its preludes. The compiled wrapper runs from `dist/`,
 * the script stays in `src/`: there is one copy of it.
 * @param moduleUrl the wrapper's `import.meta.url`.
 * @throws the error of `readFileSync` when the script or a prelude is not there.
 */
export function scriptSource(moduleUrl: string, file: string): string {
  const url = new URL(file, moduleUrl);
  const lastDist = url.href.lastIndexOf('/dist/');
  const compiled = lastDist > url.href.lastIndexOf('/src/');
  const source = compiled ? `${url.href.slice(0, lastDist)}/src/${url.href.slice(lastDist + 6)}` : url.href;
  return withPreludes(new URL(source));
}

function withPreludes(file: URL): string {
  const source = readFileSync(file, 'utf8');
  const prelude = preludeOf(source);
  return prelude === undefined ? source : withPreludes(new URL(prelude, file)) + source;
}

/** A Lua script that runs by its SHA-1, and is sent whole only when Redis does not know it yet. */
export class Script {
  /** The script with its preludes. */
  readonly source: string;
  /** The SHA-1 by which a Redis that knows the script runs it. */
  readonly sha: string;

  constructor(moduleUrl: string, file: string) {
    this.source = scriptSource(moduleUrl, file);
    this.sha = createHash('sha1').update(this.source).digest('hex');
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
