import { Counter, Gauge } from 'prom-client';

/** Waiting hashings: near HASHINGS_WAITING, another replica is needed. */
export const waitingHashings = new Gauge({
  name: 'auth_hashings_waiting',
  help: 'Password hashings that wait to run.',
});

/** What hashings are for. Many guesses and few sessions: somebody tries out passwords. */
export const hashings = new Counter({
  name: 'auth_hashings_total',
  help: 'Password hashings that have run, by what for: account, guess, renewal or repetition.',
  labelNames: ['of'],
});

/** Wrong passwords that were checked. */
export const wrongPasswords = new Counter({
  name: 'auth_wrong_passwords_total',
  help: 'Sign-ins whose password was checked and wrong.',
});

/** Sign-ins and sign-ups that were refused before any hashing. */
export const refusedSignIns = new Counter({
  name: 'auth_sign_ins_refused_total',
  help: 'Sign-ins and sign-ups refused with RATE_LIMITED, by the bound: pair or sign_ups.',
  labelNames: ['by'],
});

/** Fetches of the keys of tokens. If they fail, a rotation of the keys is not noticed. */
export const keyFetches = new Counter({
  name: 'auth_token_key_fetches_total',
  help: 'Fetches of the keys at TOKEN_JWKS_URL, by outcome: ok, failed.',
  labelNames: ['outcome'],
});

/** Tokens that were checked. */
export const tokenChecks = new Counter({
  name: 'auth_tokens_checked_total',
  help: 'Tokens that were checked, by outcome: valid, or the name of the error.',
  labelNames: ['outcome'],
});

/** Keys of operators and bots that were brought. */
export const keyChecks = new Counter({
  name: 'auth_keys_checked_total',
  help: 'Keys of operators and bots that were checked, by outcome: valid, WRONG_TOKEN.',
  labelNames: ['outcome'],
});

/** Waits for the pace of a username or an address. */
export const slowedSignIns = new Counter({
  name: 'auth_sign_ins_slowed_total',
  help: 'How often sign-ins waited because others with the same username or from the same address have failed, by: username, address.',
  labelNames: ['by'],
});
