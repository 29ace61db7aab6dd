import { useEffect, useRef } from 'react';
import { useStores } from '../provider.js';
import { useSelected } from '../shared/use-shared.js';
import { type KnownPeople, NOBODY_KNOWN, type People } from './people.js';

/** Who is online, by user. A user of whom nothing is known is absent. */
export type PresenceView = ReadonlyMap<string, boolean>;

const NOTHING_KNOWN: PresenceView = new Map();

const knownOf = (people: People) => people.known;

/**
 * Who of these users is online. A user of whom nothing is known yet is absent. The map is another one only when something in it has
 * changed.
 */
export function usePresence(userUUIDs: readonly string[]): PresenceView {
  const { people } = useStores();
  const wanted = userUUIDs.join();
  const last = useRef(NOTHING_KNOWN);
  const presenceIn = (known: KnownPeople) => {
    const found = new Map<string, boolean>();
    for (const uuid of wanted.split(',')) {
      const person = known.get(uuid);
      if (person?.isPresenceKnown) found.set(uuid, person.OnLine);
    }
    if (!isSame(found, last.current)) last.current = found;
    return last.current;
  };
  const presence = useSelected(people, '', knownOf, NOBODY_KNOWN, presenceIn);
  useEffect(() => people.peek('')?.want(wanted === '' ? [] : wanted.split(',')), [people, wanted]);
  return presence;
}

const isSame = (a: PresenceView, b: PresenceView): boolean =>
  a.size === b.size && [...a].every(([uuid, isOnline]) => b.get(uuid) === isOnline);
