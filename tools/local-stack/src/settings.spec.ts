import { describe, expect, it } from '@jest/globals';
import { newPrivateKey, privateKeyFrom } from '@parley/contracts';
import { readStackSettings } from './settings.js';

describe('the settings of a start', () => {
  it('have defaults', () => {
    expect(readStackSettings({})).toMatchObject({
      listen: { host: '127.0.0.1', port: 3000 },
      metrics: { host: '127.0.0.1', port: 0 },
      replicas: { auth: 1, users: 1, channels: 1, gateway: 2 },
      REDIS_PREFIX: 'chat',
    });
  });

  it.each([
    [{ SERVER_ADDRESS: ':5555' }, { host: '127.0.0.1', port: 5555 }],
    [{ HOST: '0.0.0.0' }, { host: '0.0.0.0', port: 3000 }],
    [{ SERVER_ADDRESS: '127.0.0.2:5555' }, { host: '127.0.0.2', port: 5555 }],
    [
      { SERVER_ADDRESS: ':5555', HOST: '127.0.0.2' },
      { host: '127.0.0.2', port: 5555 },
    ],
    [
      { SERVER_ADDRESS: ':5555', PORT: '4000' },
      { host: '127.0.0.1', port: 4000 },
    ],
    [
      { SERVER_ADDRESS: ':5555', PORT: '' },
      { host: '127.0.0.1', port: 5555 },
    ],
  ])('take the listening address from %o', (environment, listen) => {
    expect(readStackSettings(environment).listen).toEqual(listen);
  });

  it.each([
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['SERVER_ADDRESS', '5555'],
    ['SERVER_ADDRESS', ':70000'],
    ['GATEWAY_WORKERS', '0'],
    ['AUTH_REPLICAS', '65'],
    ['USERS_REPLICAS', '1.5'],
    ['SEALING_KEY', 'c2hvcnQ='],
    ['AUTH_PRIVATE_KEYS', 'a:c2hvcnQ='],
    ['AUTH_KEY_SECRET', 'too short a text'],
    ['REDIS_TLS_VERIFY', 'never'],
    ['LOG_LEVEL', 'loud'],
    ['REDIS_URL', 'http://127.0.0.1'],
  ])('refuse %s=%s by name, without the value', (name, value) => {
    const read = () => readStackSettings({ [name]: value });
    expect(read).toThrow(new RegExp(`^Wrong settings: ${name}: .*expected`));
    expect(read).not.toThrow(value);
  });

  it('take a key before the text that one is derived from', () => {
    const AUTH_KEY_SECRET = 'ab'.repeat(16);
    const derived = readStackSettings({ AUTH_KEY_SECRET }).authPrivateKeys!;
    expect(derived).toBe(privateKeyFrom(AUTH_KEY_SECRET));
    const AUTH_PRIVATE_KEYS = newPrivateKey('a');
    expect(readStackSettings({ AUTH_KEY_SECRET, AUTH_PRIVATE_KEYS }).authPrivateKeys).toBe(AUTH_PRIVATE_KEYS);
  });

  it('name every fault at once', () => {
    const read = () => readStackSettings({ PORT: 'x', CHANNELS_REPLICAS: 'y', DATA_DIR: '' });
    expect(read).toThrow(/^Wrong settings: PORT: [^;]*; CHANNELS_REPLICAS: [^;]*$/);
  });
});
