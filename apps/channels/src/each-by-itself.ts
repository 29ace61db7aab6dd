import type { ItemFailed } from '@parley/contracts';
import { type Logger, toKnownError } from '@parley/service-kit';

/** Does what a request of many asks for, all at once: each item gets an answer or an error of its own, in their order. */
export function eachByItself<Item, Done>(
  items: readonly Item[],
  work: (item: Item) => Promise<Done>,
  logger: Logger,
): Promise<(Done | ItemFailed)[]> {
  return Promise.all(
    items.map(async (item) => {
      try {
        return await work(item);
      } catch (thrown) {
        const { name, message, retryAfterMs } = toKnownError(thrown, logger);
        return { error: { name, message, retryAfterMs } };
      }
    }),
  );
}
