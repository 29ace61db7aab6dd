import { LIMITS } from '@parley/protocol';
import type { Bound } from '@parley/service-kit';
import { TOLD_KEPT } from './user-events/user-event-kinds.js';

/** The bounds of this service. */
export const usersBounds: readonly Bound[] = [
  {
    what: "A user's contacts, and the users whom one has blocked",
    bound: `{CONTACTS_PER_USER}, and {BLOCKED_PER_USER}; ${LIMITS.contactsPerPage} of each in a page`,
    atIt: '`LIMIT_REACHED`',
  },
  {
    what: 'Events of users that wait for the channels service, where webhooks ask for them',
    bound: `about ${TOLD_KEPT.toLocaleString('en')} of presence, and as many of accounts and sessions`,
    atIt: 'the oldest are forgotten',
  },
];
