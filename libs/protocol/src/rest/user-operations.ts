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
    answer: REST_SCHEMAS.User,
    hasETag: true,
    errors: ['USER_NOT_FOUND'],
  },
} as const satisfies Record<string, RestOperation>;
