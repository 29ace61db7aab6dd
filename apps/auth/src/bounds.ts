import { LIMITS } from '@parley/protocol';
import type { Bound } from '@parley/service-kit';
import { PAIRS_REMEMBERED } from './hashing/hashing-queue.js';
import { PROFILES_REMEMBERED } from './profiles.js';
import { KEPT_AT_ONCE } from './session.repository.js';
import { PLACES_PER_USER } from './sign-in-place.js';
import { SLOWED_ADDRESS_PACE_MS, SLOWED_USERNAME_PACE_MS } from './sign-in-throttle.js';
import { KEY_SET_BYTES, WAITING_FOR_KEYS } from './tokens/published-keys.js';
import { CHECKED_AT_ONCE } from './tokens/token-verifier.js';

/** The bounds of this service. */
export const authBounds: readonly Bound[] = [
  {
    what: 'Hashings of passwords that wait in one replica of auth',
    bound: '{HASHINGS_WAITING}, each for 0.6 of {REQUEST_DEADLINE_MS} ms',
    atIt: '`OVERLOADED` for the address with the most that wait',
  },
  {
    what: 'Failed sign-ins with one username from one address',
    bound: '{SIGN_IN_FAILURES_PER_PAIR} in {SIGN_IN_WINDOW_SECONDS} s',
    atIt: '`RATE_LIMITED` with `retryAfterMs`',
  },
  {
    what: 'Failed sign-ins with one username from places where its user never signed in',
    bound: `{SIGN_IN_FAILURES_PER_USERNAME} at once, then one in ${SLOWED_USERNAME_PACE_MS / 1_000} s, for which they wait 0.6 of {REQUEST_DEADLINE_MS} ms`,
    atIt: '`RATE_LIMITED` with `retryAfterMs`',
  },
  {
    what: 'Failed sign-ins from one address with usernames that never signed in there',
    bound: `{SIGN_IN_FAILURES_PER_ADDRESS} at once, then one in ${SLOWED_ADDRESS_PACE_MS / 1_000} s, for which they wait 0.6 of {REQUEST_DEADLINE_MS} ms`,
    atIt: '`RATE_LIMITED` with `retryAfterMs`',
  },
  {
    what: 'Wrong tokens from one address',
    bound: `{SIGN_IN_FAILURES_PER_ADDRESS} at once, then one in ${SLOWED_ADDRESS_PACE_MS / 1_000} s`,
    atIt: '`RATE_LIMITED` with `retryAfterMs` in place of `WRONG_TOKEN`; valid ones are taken',
  },
  {
    what: 'Tokens that one replica of auth checks at once',
    bound: CHECKED_AT_ONCE.toLocaleString('en'),
    atIt: '`OVERLOADED`',
  },
  {
    what: 'Tokens that wait for the keys of TOKEN_JWKS_URL in one replica of auth, which are fetched at most once in 10 s',
    bound: `${WAITING_FOR_KEYS.toLocaleString('en')}, each for at most 3 s; a set of keys has at most ${KEY_SET_BYTES / 1024} KiB`,
    atIt: '`OVERLOADED`; a set that is larger is not taken',
  },
  {
    what: 'Accounts that one address creates',
    bound: '{SIGN_UPS_PER_ADDRESS} at once, and as many in an hour',
    atIt: '`RATE_LIMITED` with `retryAfterMs`',
  },
  {
    what: 'Places of one user from which a sign-in is not slowed',
    bound: `${PLACES_PER_USER}`,
    atIt: 'the one that was first used longest ago is forgotten',
  },
  {
    what: 'Users and addresses whose hashings of the last minute a replica of auth remembers',
    bound: PAIRS_REMEMBERED.toLocaleString('en'),
    atIt: 'it forgets the least recently used: its next ones come before those of strangers again',
  },
  {
    what: 'Keys of operators and bots',
    bound: LIMITS.keys.toLocaleString('en'),
    atIt: '`LIMIT_REACHED`',
  },
  {
    what: 'Uses of keys of operators in the audit',
    bound: 'about {KEY_AUDIT_ENTRIES} operations, and as many acts as users, of 2 KB each at most',
    atIt: 'the oldest are dropped',
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
