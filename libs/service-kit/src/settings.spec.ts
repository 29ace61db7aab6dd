import { describe, expect, it } from '@jest/globals';
import { newPrivateKey, publicKeysOf, readPrivateKeys } from '@parley/contracts';
import {
  integerSetting,
  privateKeysSetting,
  publicKeysSetting,
  readSettings,
  SettingsError,
  sealingKeySetting,
  serviceSettings,
} from './settings.js';

describe('readSettings', () => {
  it('fills in defaults, treats an empty variable as not set and freezes the result', () => {
    const settings = readSettings(serviceSettings, { HEALTH_PORT: '', REDIS_URL: '' });
    expect(settings).toMatchObject({ HEALTH_PORT: 3001, LOG_LEVEL: 'info', REDIS_PREFIX: 'chat' });
    expect(settings.REDIS_URL).toBeUndefined();
    expect(Object.isFrozen(settings)).toBe(true);
  });

  it('names every fault at once, and no value', () => {
    const env = { HEALTH_PORT: '70000', LOG_LEVEL: 'loud', REDIS_URL: 'http://user:S3CRET@host' };
    const read = () => readSettings(serviceSettings, env);
    expect(read).toThrow(SettingsError);
    expect(read).toThrow(/REDIS_URL: .*LOG_LEVEL: .*HEALTH_PORT: expected a whole number from 0 to 65535/);
    expect(read).not.toThrow('S3CRET');
  });

  it.each(['-1', '1.5', 'abc', '0x10', '1e3', '11', ' 5'])(
    'refuses %j for a whole number from 0 to 10',
    (value) => {
      expect(() => readSettings({ N: integerSetting(0, 10, 5) }, { N: value })).toThrow(
        'N: expected a whole number from 0 to 10',
      );
    },
  );

  it('reads a sealing key of 32 bytes and refuses another length, without revealing it', () => {
    const read = (SEALING_KEY?: string) =>
      readSettings({ SEALING_KEY: sealingKeySetting() }, { SEALING_KEY });
    const key = Buffer.alloc(32, 7);
    expect(read(key.toString('base64')).SEALING_KEY?.equals(key)).toBe(true);
    expect(read().SEALING_KEY).toBeUndefined();
    const message = 'Wrong settings: SEALING_KEY: expected 32 random bytes as base64';
    expect(() => read(Buffer.alloc(31, 7).toString('base64'))).toThrow(message);
  });

  it('reads the keys of auth, and refuses those of the wrong kind without revealing them', () => {
    const shape = { PRIVATE: privateKeysSetting(), PUBLIC: publicKeysSetting() };
    const privateKeys = newPrivateKey('a');
    const publicKeys = publicKeysOf(readPrivateKeys(privateKeys));
    const { PRIVATE, PUBLIC } = readSettings(shape, { PRIVATE: privateKeys, PUBLIC: publicKeys });
    expect([PRIVATE?.[0]?.id, PUBLIC?.[0]?.id]).toEqual(['a', 'a']);
    expect(readSettings(shape, {})).toEqual({});
    const exchanged = () => readSettings(shape, { PRIVATE: publicKeys, PUBLIC: privateKeys });
    expect(exchanged).toThrow(
      /^Wrong settings: PRIVATE: expected id:key,[^;]* private [^;]*; PUBLIC: expected id:key,[^;]* public /,
    );
    expect(exchanged).not.toThrow(privateKeys.slice(2));
  });
});
