import { describe, expect, it } from '@jest/globals';
import { ConnectionLost, faultKind, transportErrorFor } from './redis-fault.js';

describe('faultKind', () => {
  it.each([
    [new ConnectionLost('gone'), 'lost'],
    [new Error('Connection is closed.'), 'lost'],
    [new Error("Stream isn't writeable and enableOfflineQueue options is false"), 'lost'],
    [new Error('LOADING Redis is loading the dataset in memory'), 'not-now'],
    [
      new Error("READONLY You can't write against a read only replica. script: 1, on @user_script:1."),
      'not-now',
    ],
    [new Error('MISCONF Redis is configured to save RDB snapshots, but …'), 'not-now'],
    [new Error('CLUSTERDOWN The cluster is down'), 'not-now'],
    [new Error('BUSY Redis is busy running a script'), 'not-now'],
    [new Error("NOGROUP No such key 'x' or consumer group 'y' in XREADGROUP with GROUP option"), 'no-group'],
    [new Error("OOM command not allowed when used memory > 'maxmemory'. script: 1"), 'full'],
    [new Error('NOPERM User x has no permissions to run the command'), 'refused'],
    [new Error('WRONGTYPE Operation against a key holding the wrong kind of value'), 'refused'],
    ['text', 'refused'],
  ])('%s is %s', (error, kind) => {
    expect(faultKind(error)).toBe(kind);
  });
});

describe('transportErrorFor', () => {
  it('keeps the cause, and says what is worth a retry', () => {
    const cause = new Error('NOPERM no');
    expect(transportErrorFor(cause)).toMatchObject({ code: 'UNAVAILABLE', retryable: false, cause });
    expect(transportErrorFor(new Error('OOM command not allowed'))).toMatchObject({ code: 'STORAGE_FULL' });
    expect(transportErrorFor(new ConnectionLost('gone'))).toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
    });
  });
});
