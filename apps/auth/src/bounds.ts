import type { Bound } from '@parley/service-kit';
import { PROFILES_REMEMBERED } from './profiles.js';
import { KEPT_AT_ONCE } from './session.repository.js';

/** The bounds of this service. */
export const authBounds: readonly Bound[] = [
  {
    what: 'Hashings of passwords that wait in one replica of auth',
    bound: '{HASHINGS_WAITING}',
    atIt: '`OVERLOADED`',
  },
  {
    what: 'Failed sign-ins per username',
    bound: '{SIGN_IN_FAILURES_PER_USERNAME} in {SIGN_IN_WINDOW_SECONDS} s',
    atIt: '`RATE_LIMITED` with `retryAfterMs`',
  },
  {
    what: 'Failed sign-ins per address',
    bound: '{SIGN_IN_FAILURES_PER_ADDRESS} in {SIGN_IN_WINDOW_SECONDS} s',
    atIt: '`RATE_LIMITED` with `retryAfterMs`',
  },
  {
    what: 'Sessions of one user',
    bound: '{SESSIONS_PER_USER}, each {SESSION_TTL_SECONDS} s after its last use',
    atIt: 'the one that has not been used for longest ends',
  },
  {
    what: 'Sessions that are extended in one step of Redis',
    bound: `${KEPT_AT_ONCE}`,
    atIt: 'the rest goes in the next step',
  },
  {
    what: 'Registered users that a replica of auth remembers',
    bound: PROFILES_REMEMBERED.toLocaleString('en'),
    atIt: 'it forgets the least recently used, and asks again',
  },
];
