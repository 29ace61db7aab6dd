import { useSyncExternalStore } from 'react';
import { keyOf, type Place, placeIn } from './place.js';

/** The conversation on the screen is the address's fragment, so that a reload and the browser's buttons keep to it. */
export function useRoute(): string {
  return useSyncExternalStore(
    (changed) => {
      addEventListener('hashchange', changed);
      return () => removeEventListener('hashchange', changed);
    },
    () => location.hash,
  );
}

export const currentPlace = (): Place | undefined => placeIn(location.hash);

export function show(place: Place): void {
  location.hash = keyOf(place);
}

/** Back to the list. On a wide screen, nothing is open then. */
export function showList(): void {
  location.hash = '';
}
