import { useEffect } from 'react';
import { useStores } from '../provider.js';
import { useSelected } from '../shared/use-shared.js';
import { type KnownPeople, NOBODY_KNOWN, type People, type Person } from './people.js';

const knownOf = (people: People) => people.known;

/**
 * A user as far as one is known: the name, and whether the user is online. It is asked for if that is not known yet. `undefined` names
 * nobody.
 */
export function usePerson(userUUID: string | undefined): Person | undefined {
  const { people } = useStores();
  const personIn = (known: KnownPeople) => (userUUID === undefined ? undefined : known.get(userUUID));
  const person = useSelected(people, '', knownOf, NOBODY_KNOWN, personIn);
  useEffect(() => {
    if (userUUID !== undefined) return people.peek('')?.want([userUUID]);
  }, [people, userUUID]);
  return person;
}
