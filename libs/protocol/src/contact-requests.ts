import { z } from 'zod';
import { cursor, uuid, wholeNumber } from './fields.js';
import { LIMITS } from './limits.js';

const other = z.object({ userUUID: uuid });

/** Requests about the user's contacts, and about those whose private messages the user refuses. */
export const contactRequests = {
  contacts: z.object({
    cursor: cursor.optional(),
    limit: wholeNumber(1, LIMITS.contactsPerPage).optional(),
  }),
  contactAdd: other,
  contactRemove: other,
  block: other,
  unblock: other,
} as const;
