import { z } from 'zod';
import { uuid } from '../fields.js';
import { LIMITS } from '../limits.js';
import type { RestOperation } from './operation.js';
import { pageQuery } from './paging.js';
import { REST_SCHEMAS } from './schemas.js';

const params = z.object({ userUUID: uuid });

export const contactOperations = {
  listContacts: {
    method: 'GET',
    path: '/contacts',
    resource: 'contacts',
    summary: 'List your contacts, and those whom you have blocked',
    details: 'A page of each, those added last first. Both lists end where there is no `cursor`.',
    query: z.object(pageQuery(LIMITS.contactsPerPage)),
    status: 200,
    answer: REST_SCHEMAS.ContactPage,
    errors: [],
  },
  addContact: {
    method: 'PUT',
    path: '/contacts/{userUUID}',
    resource: 'contacts',
    summary: 'Add a contact',
    params,
    status: 204,
    errors: ['USER_NOT_FOUND', 'LIMIT_REACHED'],
  },
  removeContact: {
    method: 'DELETE',
    path: '/contacts/{userUUID}',
    resource: 'contacts',
    summary: 'Remove a contact',
    params,
    status: 204,
    errors: ['USER_NOT_FOUND'],
  },
  blockUser: {
    method: 'PUT',
    path: '/blocks/{userUUID}',
    resource: 'contacts',
    summary: "Refuse a user's private messages",
    params,
    status: 204,
    errors: ['USER_NOT_FOUND', 'LIMIT_REACHED'],
  },
  unblockUser: {
    method: 'DELETE',
    path: '/blocks/{userUUID}',
    resource: 'contacts',
    summary: "Take a user's private messages again",
    params,
    status: 204,
    errors: ['USER_NOT_FOUND'],
  },
} as const satisfies Record<string, RestOperation>;
