import { describe, expect, it } from '@jest/globals';
import { AppError } from './app-error.js';
import { ERRORS } from './error-codes.js';
import { errorFrame, redact } from './error-frame.js';
import { decodeServerFrame } from './server-frames.js';

describe('errorFrame', () => {
  it('has the shape of the contract, with the text twice for clients of the demo', () => {
    const error = new AppError('RATE_LIMITED', { retryAfterMs: 1500.2, cause: new Error('inner') });
    const frame = errorFrame(error, { type: 'ping' }, 'a');
    expect(frame).toEqual({
      type: 'error',
      id: 'a',
      error: {
        code: 500,
        name: 'RATE_LIMITED',
        message: ERRORS.RATE_LIMITED.message,
        error: ERRORS.RATE_LIMITED.message,
        payload: { type: 'ping' },
        retryable: true,
        retryAfterMs: 1501,
      },
    });
    expect(decodeServerFrame(JSON.stringify(frame))).toEqual(frame);
  });

  it('has a null payload for what was not JSON, and no id where there was none', () => {
    const frame = errorFrame(new AppError('BAD_JSON'), null);
    expect(frame.error.payload).toBeNull();
    expect(frame).not.toHaveProperty('id');
  });

  it.each([
    [{ type: 'users', userAccessKey: 'S3CRET', accessKey: 'S3CRET', users: { Password: 'S3CRET' } }],
    [{ type: 'signIn', signIn: { username: 'a', password: 'S3CRET' } }],
    [{ type: 'signIn', signIn: { username: 'a', pasword: 'S3CRET' } }],
    [{ type: 'signIn', signIn: { token: 'S3CRET' } }],
    [{ type: 'refresh', refresh: { token: 'S3CRET' } }],
    [{ type: 'refresh', refresh: { jwt: 'S3CRET' } }],
    [{ type: 'signUp', signUp: 'S3CRET' }],
    [{ type: 'signUp', signUp: ['a', 'S3CRET'] }],
    [{ type: 'x', list: [{ accessKey: 'S3CRET' }] }],
  ])('quotes no secret: %j', (request) => {
    expect(JSON.stringify(errorFrame(new AppError('INVALID_FIELD'), request))).not.toContain('S3CRET');
  });

  it('cuts parts that are nested too deeply to quote', () => {
    const deep = JSON.parse('['.repeat(30_000) + ']'.repeat(30_000));
    expect(JSON.stringify(redact(deep))).toBe('[[[[[[[[null]]]]]]]]');
  });
});

describe('ERRORS', () => {
  it('gives each name a code of its own', () => {
    const codes = Object.values(ERRORS).map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
  });
});
