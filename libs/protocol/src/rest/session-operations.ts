import { z } from 'zod';
import { uuid } from '../fields.js';
import type { RestOperation } from './operation.js';
import { REST_SCHEMAS } from './schemas.js';

const session = z.union([z.literal('current'), uuid], 'expected the UUID of a session, or "current"');

export const sessionOperations = {
  createSession: {
    method: 'POST',
    path: '/sessions',
    resource: 'sessions',
    summary: 'Sign in by password, token or the key of a bot',
    details:
      'Answers with an access key, which is shown once. An unknown name creates no account. A token is a JWT of the identity provider ' +
      'that the server trusts; it creates a user who is not known yet, and the session ends with it. Requests may also bring the token ' +
      'itself, without a session. So may the key of a bot stand for a token. An `Idempotency-Key` changes nothing here: no access key is kept to be given twice, so that each ' +
      'success is a session of its own.',
    isOpen: true,
    body: REST_SCHEMAS.SignIn,
    status: 201,
    answer: REST_SCHEMAS.NewSession,
    errors: ['WRONG_PASSWORD', 'WRONG_TOKEN', 'FORBIDDEN'],
  },
  listSessions: {
    method: 'GET',
    path: '/sessions',
    resource: 'sessions',
    summary: 'List your sessions, those used last first',
    status: 200,
    answer: REST_SCHEMAS.SessionList,
    errors: [],
  },
  endSessions: {
    method: 'DELETE',
    path: '/sessions',
    resource: 'sessions',
    summary: 'End all of your sessions, this one too',
    status: 200,
    answer: REST_SCHEMAS.SessionsEnded,
    errors: [],
  },
  endSession: {
    method: 'DELETE',
    path: '/sessions/{sessionUUID}',
    resource: 'sessions',
    summary: 'End a session',
    details:
      '`current` stands for the session of the access key; a token has none. `ended` is 0 for one that had ended before.',
    params: z.object({ sessionUUID: session }),
    status: 200,
    answer: REST_SCHEMAS.SessionsEnded,
    errors: [],
  },
} as const satisfies Record<string, RestOperation>;
