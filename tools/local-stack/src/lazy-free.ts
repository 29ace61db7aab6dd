/** Settings with which Redis frees what expires, is deleted or is replaced in a thread of its own: a line each. */
export const LAZY_FREE: readonly string[] = [
  'eviction',
  'expire',
  'server-del',
  'user-del',
  'user-flush',
].map((why) => `lazyfree-lazy-${why} yes`);

/** {@link LAZY_FREE} as arguments of redis-server. */
export const lazyFreeArgs: readonly string[] = LAZY_FREE.flatMap((line) => `--${line}`.split(' '));
