import { useCallback, useEffect, useRef, useState } from 'react';

/** What was read last, and why the last attempt failed. */
export interface Polled<T> {
  readonly value: T | undefined;
  readonly error: string | undefined;
  /** Reads now. */
  readonly again: () => void;
}

/** Reads something every `everyMs` while the page is seen. A refusal keeps what was read before on the screen. */
export function usePoll<T>(read: () => Promise<T>, everyMs: number): Polled<T> {
  const [state, setState] = useState<Omit<Polled<T>, 'again'>>({ value: undefined, error: undefined });
  const latest = useRef(read);
  latest.current = read;
  const again = useCallback(() => {
    latest
      .current()
      .then((value) => setState({ value, error: undefined }))
      .catch(({ message }: Error) => setState(({ value }) => ({ value, error: message })));
  }, []);
  useEffect(() => {
    again();
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') again();
    }, everyMs);
    return () => clearInterval(timer);
  }, [again, everyMs]);
  return { ...state, again };
}
