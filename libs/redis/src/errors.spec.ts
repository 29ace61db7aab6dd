import { describe, expect, it } from '@jest/globals';
import { AppError } from '@parley/protocol';
import { fromRedisError, isRefusedWrite } from './errors.js';

describe('fromRedisError', () => {
  it.each([
    "OOM command not allowed when used memory > 'maxmemory'.",
    'ERR Error running script: @user_script:9: OOM command not allowed when used memory',
  ])('takes %j for a full storage', (message) => {
    const cause = new Error(message);
    expect(fromRedisError(cause)).toMatchObject({ name: 'STORAGE_FULL', retryable: true, cause });
  });

  it.each([
    'LOADING Redis is loading the dataset in memory',
    "READONLY You can't write against a read only replica.",
    'CLUSTERDOWN The cluster is down',
    'NOREPLICAS Not enough good replicas to write.',
    'MISCONF Redis is configured to save RDB snapshots',
    'connect ECONNREFUSED 127.0.0.1:1',
    'Connection is closed.',
    'Too many Cluster redirections. Last error: ReplyError: MOVED 4695 127.0.0.1:37823',
    'Reached the max retries per request limit (which is 1).',
  ])('takes %j for unavailable, to be tried again', (message) => {
    expect(fromRedisError(new Error(message))).toMatchObject({
      name: 'UNAVAILABLE',
      retryable: true,
      retryAfterMs: 1_000,
    });
  });

  it('leaves unknown errors and translated ones unchanged', () => {
    const wrongType = new Error('WRONGTYPE Operation against a key');
    const known = new AppError('FORBIDDEN');
    expect(fromRedisError(wrongType)).toBe(wrongType);
    expect(fromRedisError(known)).toBe(known);
    expect(fromRedisError('text')).toBe('text');
  });
});

describe('isRefusedWrite', () => {
  it.each([
    ["OOM command not allowed when used memory > 'maxmemory'. script: 1, on @user_script:5.", true],
    ['NOREPLICAS Not enough good replicas to write.', true],
    ['MISCONF Errors writing to the AOF file: No space left on device', true],
    ["READONLY You can't write against a read only replica.", false],
    ['Connection is closed.', false],
    ['WRONGTYPE Operation against a key', false],
  ])('says of %j: %s', (message, refused) => {
    expect(isRefusedWrite(new Error(message))).toBe(refused);
    expect(isRefusedWrite(message)).toBe(false);
  });
});
