import { useEffect } from 'react';
import { useStores } from '../provider.js';
import { useShared } from '../shared/use-shared.js';
import { type KnownPeople, NOBODY_KNOWN, type People } from './people.js';

const knownOf = (people: People) => people.known;

/** All users whom the client has heard of, by UUID: those whom the lists of the server name, which are read for it, and who has written. */
export function usePeople(): KnownPeople {
  const { people } = useStores();
  const known = useShared(people, '', knownOf, NOBODY_KNOWN);
  useEffect(() => people.peek('')?.wantAll(), [people]);
  return known;
}
