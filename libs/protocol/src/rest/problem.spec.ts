import { describe, expect, it } from '@jest/globals';
import { AppError } from '../app-error.js';
import { ERRORS, type ErrorName } from '../error-codes.js';
import { ERROR_STATUS, problem, problemOf } from './problem.js';

describe('problem details', () => {
  it.each(Object.keys(ERRORS) as ErrorName[])('tell of %s by its name', (name) => {
    const made = problemOf(new AppError(name, { retryAfterMs: 1.5 }), { requestId: 'r' });
    expect(problem.parse(made)).toEqual(made);
    expect(made).toMatchObject({
      type: `urn:parley:error:${name}`,
      status: ERROR_STATUS[name],
      name,
      code: ERRORS[name].code,
      retryable: ERRORS[name].retryable,
      retryAfterMs: 2,
      instance: 'urn:uuid:r',
    });
  });

  it('never hold the cause', () => {
    const error = new AppError('INTERNAL', { message: 'reference 1', cause: new Error('secret') });
    expect(JSON.stringify(problemOf(error))).not.toContain('secret');
  });
});
