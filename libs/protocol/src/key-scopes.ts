/** What a key of an operator may be allowed to do, each apart from the others. */
export const KEY_SCOPES = [
  'act',
  'users:read',
  'users:write',
  'sessions',
  'webhooks',
  'keys',
  'announce',
  'status',
] as const;

/** One of {@link KEY_SCOPES}. */
export type KeyScope = (typeof KEY_SCOPES)[number];

/** What each scope allows, in Markdown. */
export const SCOPE_MEANINGS: Readonly<Record<KeyScope, string>> = {
  act: 'every operation of users, as the user whom `Parley-Act-As` names',
  'users:read': 'read what is stored of any account, and export it',
  'users:write': 'provision, disable, enable, ban, unban and delete users',
  sessions: 'list and end the sessions of anyone',
  webhooks: 'read the log of deliveries, and have them sent again',
  keys: 'make, list and revoke keys and bots, and read the audit; it gives only scopes that it has',
  announce: 'tell something to everybody who is signed in',
  status: "read the figures of the operator's page",
};

/** How keys of operators and of bots are written: their id and their secret, both in base62. */
export const API_KEY = /^pk_([0-9A-Za-z]{16})_([0-9A-Za-z]{43})$/;

/** Whether a credential is a key by its form. It has no dots, and a JSON Web Token always has. */
export const isApiKey = (text: string): boolean => API_KEY.test(text);
