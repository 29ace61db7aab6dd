import { useCallback, useSyncExternalStore } from 'react';
import type { Running, Shared } from './shared.js';
import type { Source } from './source.js';

const itself = <V>(value: V): V => value;

/**
 * Shows a part of what is shared under a key, and holds it as long as the component is mounted.
 * @param partOf must be the same function at each render.
 * @param absent what a server renders, and the first render of all.
 */
export function useShared<R extends Running, V>(
  shared: Shared<R>,
  key: string,
  partOf: (of: R) => Source<V>,
  absent: V,
): V {
  return useSelected(shared, key, partOf, absent, itself);
}

/**
 * As `useShared`, for a component that shows little of the part: only another selection renders it again.
 * @param select returns the same object as long as nothing in it has changed.
 */
export function useSelected<R extends Running, V, T>(
  shared: Shared<R>,
  key: string,
  partOf: (of: R) => Source<V>,
  absent: V,
  select: (value: V) => T,
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
    return select(running === undefined ? absent : partOf(running).value);
  };
  return useSyncExternalStore(subscribe, snapshot, () => select(absent));
}
