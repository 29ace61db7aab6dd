import { describe, expect, it } from '@jest/globals';
import { ChatError } from '@parley/client';
import { ERRORS, type ErrorName } from '@parley/protocol';
import { exitCodeOf, NotSignedInError, UsageError } from './exit-codes.js';

describe('the exit code', () => {
  it.each([
    [new Error('x'), 1],
    [new UsageError('x'), 2],
    [new NotSignedInError('x'), 3],
    [new ChatError('CLOSED', 'x', false), 3],
    [new ChatError('SOMETHING_NEW', 'x', false), 4],
    [new ChatError('SOMETHING_NEW', 'x', true), 5],
  ])('of %p is %i', (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });

  it('of each error of the protocol stays what it is', () => {
    const codes = Object.keys(ERRORS).map((name) => [name, exitCodeOf(ChatError.of(name as ErrorName))]);
    expect(Object.fromEntries(codes)).toMatchObject({
      ...{ NOT_SIGNED_IN: 3, SESSION_EXPIRED: 3 },
      ...{ WRONG_PASSWORD: 4, WRONG_TOKEN: 4, USERNAME_TAKEN: 4, USER_NOT_FOUND: 4, CHANNEL_NOT_FOUND: 4 },
      ...{ FORBIDDEN: 4, BLOCKED: 4, MESSAGE_TOO_LONG: 4, LIMIT_REACHED: 4, INVALID_FIELD: 4 },
      ...{ RATE_LIMITED: 5, OVERLOADED: 5, UNAVAILABLE: 5, STORAGE_FULL: 5, INTERNAL: 1 },
    });
  });
});
