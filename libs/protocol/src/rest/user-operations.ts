import { z } from 'zod';
import { shortText } from '../fields.js';
import { LIMITS } from '../limits.js';
import type { RestOperation } from './operation.js';
import { pageQuery } from './paging.js';
import { userOrMe } from './params.js';
import { REST_SCHEMAS } from './schemas.js';

export const userOperations = {
  createUser: {
    method: 'POST',
    path: '/users',
    resource: 'users',
    summary: 'Create a user',
    details: 'A taken name is refused. Nobody is signed in by this: `createSession` gives an access key.',
    isOpen: true,
    body: REST_SCHEMAS.NewUser,
    status: 201,
    answer: REST_SCHEMAS.User,
    errors: ['USERNAME_TAKEN', 'FORBIDDEN'],
  },
  listUsers: {
    method: 'GET',
    path: '/users',
    resource: 'users',
    summary: 'List the users, or those whose names begin with `prefix`',
    details:
      'All users come in the order of registration, found ones in the order of their names. Letter case does not matter.',
    query: z.object({
      prefix: shortText(LIMITS.usernameCharacters).optional(),
      ...pageQuery(LIMITS.usersPerPage),
    }),
    status: 200,
    answer: REST_SCHEMAS.UserPage,
    errors: [],
  },
  getUser: {
    method: 'GET',
    path: '/users/{userUUID}',
    resource: 'users',
    summary: 'Read a user',
    details: '`me` stands for the one who asks.',
    params: z.object({ userUUID: userOrMe }),
    status: 200,
    answer: REST_SCHEMAS.UserProfile,
    hasETag: true,
    errors: ['USER_NOT_FOUND'],
  },
  changePassword: {
    method: 'PUT',
    path: '/users/me/password',
    resource: 'users',
    summary: 'Give yourself another password',
    details:
      'Every other session of yours ends; `ended` says how many. A wrong `old` counts as a failed sign-in. Where a token of your ' +
      'identity provider is how you sign in, there is no password, and the answer is `FORBIDDEN`.',
    body: REST_SCHEMAS.PasswordChange,
    status: 200,
    answer: REST_SCHEMAS.PasswordChanged,
    errors: ['WRONG_PASSWORD'],
  },
  deleteAccount: {
    method: 'POST',
    path: '/users/me/deletion',
    resource: 'users',
    summary: 'Delete your account',
    details:
      'For good: its sessions end, its name stays taken, and what it has written stays. A wrong password counts as a failed ' +
      'sign-in. A user of an identity provider brings a `token` that was issued in the last 10 minutes; an older one is `FORBIDDEN`, ' +
      'and so is a password where the account has none. Sent again after it was done, the answer is `SESSION_EXPIRED` or `FORBIDDEN`.',
    body: REST_SCHEMAS.OwnProof,
    status: 204,
    errors: ['WRONG_PASSWORD', 'WRONG_TOKEN', 'FORBIDDEN'],
  },
} as const satisfies Record<string, RestOperation>;
