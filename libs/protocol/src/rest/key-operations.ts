import { z } from 'zod';
import type { RestOperation } from './operation.js';
import { REST_SCHEMAS } from './schemas.js';

const ofKey = z.object({
  keyId: z
    .string('expected the id of a key')
    .regex(/^[0-9A-Za-z]{16}$/, 'expected the id of a key: 16 letters and digits'),
});

const SHOWN_ONCE =
  'Nobody can read the key again, so that an `Idempotency-Key` changes nothing here: each success makes another one.';

export const keyOperations = {
  createKey: {
    method: 'POST',
    path: '/keys',
    resource: 'keys',
    summary: 'Make a key with scopes, or a further key of a bot',
    details: `A key gives only scopes that it has itself. ${SHOWN_ONCE}`,
    scope: 'keys',
    body: REST_SCHEMAS.NewKey,
    status: 201,
    answer: REST_SCHEMAS.MadeKey,
    errors: ['LIMIT_REACHED', 'USER_NOT_FOUND'],
  },
  listKeys: {
    method: 'GET',
    path: '/keys',
    resource: 'keys',
    summary: 'List all keys, the newest first, without their secrets',
    scope: 'keys',
    status: 200,
    answer: REST_SCHEMAS.KeyList,
    errors: [],
  },
  revokeKey: {
    method: 'DELETE',
    path: '/keys/{keyId}',
    resource: 'keys',
    summary: 'Revoke a key',
    details: 'It opens nothing from then on, on any gateway. The sessions that a bot began with it end.',
    scope: 'keys',
    params: ofKey,
    status: 200,
    answer: REST_SCHEMAS.KeyRevoked,
    errors: [],
  },
  createBot: {
    method: 'POST',
    path: '/bots',
    resource: 'keys',
    summary: 'Make a bot: a user without a password, and its key',
    details: `A taken name is refused. ${SHOWN_ONCE}`,
    scope: 'keys',
    body: REST_SCHEMAS.NewBot,
    status: 201,
    answer: REST_SCHEMAS.MadeBot,
    errors: ['USERNAME_TAKEN', 'LIMIT_REACHED'],
  },
} as const satisfies Record<string, RestOperation>;
