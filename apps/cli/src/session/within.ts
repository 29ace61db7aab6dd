import { ChatError } from '@parley/client';

/**
 * The result of some work, if there is one in time.
 * @throws ChatError UNAVAILABLE after `ms`. The work itself goes on: the caller ends what it needs.
 */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `The server has not answered within ${ms / 1000} s. What was asked for may be done or not.`;
    timer = setTimeout(() => reject(ChatError.of('UNAVAILABLE', message)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
