import { useEffect, useMemo, useRef } from 'react';
import { NOTHING_KNOWN, type Presence, type PresenceView } from './presence.js';
import { useStores } from './provider.js';
import { useShared } from './shared/use-shared.js';

const viewOf = (presence: Presence) => presence.view;

/**
 * Who of these users is online. A user of whom nothing is known yet is absent. The map is another one only when something in it has
 * changed.
 */
export function usePresence(userUUIDs: readonly string[]): PresenceView {
  const { presence } = useStores();
  const all = useShared(presence, '', viewOf, NOTHING_KNOWN);
  const wanted = userUUIDs.join();
  useEffect(() => {
    presence.peek('')?.want(wanted === '' ? [] : wanted.split(','));
  }, [presence, wanted]);
  const last = useRef(NOTHING_KNOWN);
  return useMemo(() => {
    const found = new Map<string, boolean>();
    for (const uuid of wanted.split(',')) if (all.has(uuid)) found.set(uuid, all.get(uuid)!);
    if (!isSame(found, last.current)) last.current = found;
    return last.current;
  }, [all, wanted]);
}

const isSame = (a: PresenceView, b: PresenceView): boolean =>
  a.size === b.size && [...a].every(([uuid, isOnline]) => b.get(uuid) === isOnline);
