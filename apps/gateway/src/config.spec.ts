import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { newPrivateKey, publicKeysOf, readPrivateKeys } from '@parley/contracts';
import { readGatewaySettings } from './config.js';

const keys = publicKeysOf(readPrivateKeys(newPrivateKey('a')));
const read = (env: NodeJS.ProcessEnv) => readGatewaySettings({ AUTH_PUBLIC_KEYS: keys, ...env });

describe('the settings of the gateway', () => {
  it('have defaults for all but the keys', () => {
    expect(read({})).toMatchObject({
      PORT: 3000,
      HOST: '0.0.0.0',
      CHANNEL_JOIN_ORDER: 'desc',
      MAX_FRAME_BYTES: 65_536,
      MAX_BUFFERED_BYTES: 1_048_576,
      MAX_CONNECTIONS: 50_000,
      SYS_FRAMES_PER_SECOND: 10_000,
      JOIN_FRAMES_PER_SECOND: 10_000,
      TRUST_PROXY: false,
    });
    expect(() => readGatewaySettings({})).toThrow('AUTH_PUBLIC_KEYS: expected');
    const old = readGatewaySettings({ SEALING_KEY: randomBytes(32).toString('base64') });
    expect(old.AUTH_PUBLIC_KEYS).toBeUndefined();
  });

  it.each([
    [{ SERVER_ADDRESS: ':5555' }, { HOST: '0.0.0.0', PORT: 5555 }],
    [{ SERVER_ADDRESS: '127.0.0.1:5555' }, { HOST: '127.0.0.1', PORT: 5555 }],
    [
      { SERVER_ADDRESS: ':5555', HOST: '::1' },
      { HOST: '::1', PORT: 5555 },
    ],
    [{ SERVER_ADDRESS: ':5555', PORT: '4000' }, { PORT: 4000 }],
  ])('understand the address of the demo: %j', (env, settings) => {
    expect(read(env)).toMatchObject(settings);
  });

  it.each([
    ['*', ['*']],
    ['null', ['null']],
    ['https://chat.example.com, http://[::1]:3000', ['https://chat.example.com', 'http://[::1]:3000']],
    ['capacitor://localhost', ['capacitor://localhost']],
  ])('take the origins %j', (text, origins) => {
    expect(read({ ALLOWED_ORIGINS: text }).ALLOWED_ORIGINS).toEqual(origins);
  });

  it.each([
    'chat.example.com',
    'https://chat.example.com/',
    'https://*.example.com',
    'https://a b',
    'https://a,',
  ])('refuse the origins %j', (text) => {
    expect(() => read({ ALLOWED_ORIGINS: text })).toThrow('ALLOWED_ORIGINS: expected * or origins');
  });

  it('name every fault in one message, and no value', () => {
    const env = {
      AUTH_PUBLIC_KEYS: 'c2VjcmV0',
      PORT: '70000',
      TRUST_PROXY: 'maybe',
      CLIENT_LOCATION: '/nowhere',
    };
    expect(() => readGatewaySettings(env)).toThrow(
      /^Wrong settings: (?=.*PORT: )(?=.*TRUST_PROXY: )(?=.*CLIENT_LOCATION: )(?=.*AUTH_PUBLIC_KEYS: expected id:key)(?!.*c2VjcmV0)/,
    );
  });
});
