import { LIMITS } from '@parley/protocol';
import type { Bound } from '@parley/service-kit';

/** The bounds of this service. */
export const usersBounds: readonly Bound[] = [
  {
    what: "A user's contacts, and the users whom one has blocked",
    bound: `{CONTACTS_PER_USER}, and {BLOCKED_PER_USER}; ${LIMITS.contactsPerPage} of each in a page`,
    atIt: '`LIMIT_REACHED`',
  },
];
