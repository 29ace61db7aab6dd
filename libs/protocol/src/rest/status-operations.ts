import { z } from 'zod';
import { shortText } from '../fields.js';
import { LIMITS } from '../limits.js';
import type { RestOperation } from './operation.js';
import { pageQuery } from './paging.js';
import { REST_SCHEMAS } from './schemas.js';

/** What the operator's page asks besides. */
export const statusOperations = {
  getStatus: {
    method: 'GET',
    path: '/admin/status',
    resource: 'operators',
    summary: 'Read which replicas run, and how they are',
    details:
      'Each replica reports every 5 s; one that has not for 20 s is left out. `channels` are the largest of each gateway, added up.',
    scope: 'status',
    status: 200,
    answer: REST_SCHEMAS.Status,
    errors: [],
  },
  findAccounts: {
    method: 'GET',
    path: '/admin/users',
    resource: 'operators',
    summary: 'Find users whose names begin with `prefix`',
    scope: 'users:read',
    query: z.object({ prefix: shortText(LIMITS.usernameCharacters), ...pageQuery(LIMITS.usersPerPage) }),
    status: 200,
    answer: REST_SCHEMAS.UserPage,
    errors: [],
  },
} as const satisfies Record<string, RestOperation>;
