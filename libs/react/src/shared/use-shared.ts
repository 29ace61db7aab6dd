import { useCallback, useSyncExternalStore } from 'react';
import type { Running, Shared } from './shared.js';
import type { Source } from './source.js';

/**
 * Shows a part of what is shared under a key, and holds it as long as the component is mounted.
 * @param partOf must be the same function at each render.
 * @param absent what a server renders, and the first render of all.
 */
export function useShared<R extends Running, T>(
  shared: Shared<R>,
  key: string,
  partOf: (of: R) => Source<T>,
  absent: T,
): T {
  const subscribe = useCallback(
    (onChange: () => void) => {
      const release = shared.hold(key);
      const off = partOf(shared.peek(key)!).subscribe(onChange);
      return () => {
        off();
        release();
      };
    },
    [shared, key, partOf],
  );
  const snapshot = () => {
    const running = shared.peek(key);
    return running === undefined ? absent : partOf(running).value;
  };
  return useSyncExternalStore(subscribe, snapshot, () => absent);
}
