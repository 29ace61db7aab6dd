import type { ItemFailed } from '@parley/contracts';
import { type Logger, toKnownError } from '@parley/service-kit';

/** Answers all items of one request at once. Returns for each, in their order, the answer or the error that it was refused with. */
export function answerEach<Item, Answer>(
  items: readonly Item[],
  answer: (item: Item) => Promise<Answer>,
  logger: Logger,
): Promise<(Answer | ItemFailed)[]> {
  return Promise.all(
    items.map(async (item) => {
      try {
        return await answer(item);
      } catch (thrown) {
        const { name, message, retryAfterMs } = toKnownError(thrown, logger);
        return { error: { name, message, retryAfterMs } };
      }
    }),
  );
}
