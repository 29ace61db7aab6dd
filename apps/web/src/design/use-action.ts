import { useCallback, useState } from 'react';

/** Something that takes a while and may fail. */
export interface Action<A extends unknown[]> {
  readonly isBusy: boolean;
  /** Why the last attempt failed. */
  readonly error: string | undefined;
  /** @returns whether it succeeded. Does nothing while it is under way. */
  run(...args: A): Promise<boolean>;
}

/** Runs something once at a time, and says whether it is under way and why it failed. */
export function useAction<A extends unknown[]>(act: (...args: A) => Promise<unknown>): Action<A> {
  const [state, setState] = useState<{ readonly isBusy: boolean; readonly error?: string }>({
    isBusy: false,
  });
  const { isBusy, error } = state;
  const run = useCallback(
    async (...args: A) => {
      if (isBusy) return false;
      setState({ isBusy: true });
      try {
        await act(...args);
        setState({ isBusy: false });
        return true;
      } catch (failure) {
        setState({ isBusy: false, error: textOf(failure as Error & { retryAfterMs?: number }) });
        return false;
      }
    },
    [act, isBusy],
  );
  return { isBusy, error, run };
}

/** The message, and when to try again if the server says so. */
function textOf({ message, retryAfterMs }: Error & { readonly retryAfterMs?: number }): string {
  if (!retryAfterMs) return message;
  const seconds = Math.ceil(retryAfterMs / 1000);
  return `${message} Try again in ${seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`}.`;
}
