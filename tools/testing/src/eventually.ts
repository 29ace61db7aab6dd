import { setTimeout as delay } from 'node:timers/promises';

/**
 * Calls `probe` until it returns something other than `false` without throwing, and returns that. Rejects with the
 * last failure after `timeoutMs` (default 15,000).
 */
export async function eventually<T>(
  probe: () => T | Promise<T>,
  { timeoutMs = 15_000, everyMs = 20 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<Exclude<T, false>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let failure: unknown;
    try {
      const result = await probe();
      if (result !== false) return result as Exclude<T, false>;
    } catch (error) {
      failure = error;
    }
    if (performance.now() >= deadline) {
      throw failure ?? new Error(`the condition did not come true in ${timeoutMs} ms`);
    }
    await delay(everyMs);
  }
}
