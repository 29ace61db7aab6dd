import { describe, expect, it } from '@jest/globals';
import { readChannelsSettings } from '../config.js';

const HOOK_KEYS = `a:whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const read = (env: Record<string, string>) => () => readChannelsSettings(env);
const right = { HOOK_BEFORE_SEND_URL: 'https://hooks.example/parley?team=1', HOOK_KEYS };

describe('the settings of hooks', () => {
  it('are none by default', () => {
    expect(read({})()).toMatchObject({
      HOOK_CHANNELS: ['general', 'private', 'group'],
      HOOK_DEADLINE_MS: 2_000,
    });
  });

  it('take an address, keys and the kinds of channels', () => {
    const settings = read({ ...right, HOOK_CHANNELS: 'group, private' })();
    expect(settings.HOOK_BEFORE_SEND_URL?.href).toBe('https://hooks.example/parley?team=1');
    expect(settings.HOOK_CHANNELS).toEqual(['group', 'private']);
    expect(settings.HOOK_KEYS).toHaveLength(1);
  });

  it.each([
    ['HOOK_KEYS: expected keys', { HOOK_KEYS: '' }],
    ['HOOK_KEYS: expected 1 to 4 keys', { HOOK_KEYS: 'a:whsec_c2VjcmV0' }],
    [
      'HOOK_BEFORE_SEND_URL: expected https://… without a user',
      { HOOK_BEFORE_SEND_URL: 'ftp://hooks.example' },
    ],
    [
      'HOOK_BEFORE_SEND_URL: expected https://… without a user',
      { HOOK_BEFORE_SEND_URL: 'https://me:secret@hooks.example' },
    ],
    [
      'HOOK_BEFORE_SEND_URL: expected https:// and a public address',
      { HOOK_BEFORE_SEND_URL: 'http://hooks.example' },
    ],
    [
      'HOOK_AUTHORISE_URL: expected https:// and a public address',
      { HOOK_AUTHORISE_URL: 'https://10.0.0.1/' },
    ],
    ['HOOK_AUTHORISE_URL: expected https:// and a public address', { HOOK_AUTHORISE_URL: 'https://[::1]/' }],
    ['HOOK_CHANNELS: expected some of', { HOOK_CHANNELS: 'group,public' }],
    ['HOOK_DEADLINE_MS: expected at most half', { HOOK_DEADLINE_MS: '5001' }],
    ['HOOK_BEFORE_SEND_ON_FAILURE: expected reject or allow', { HOOK_BEFORE_SEND_ON_FAILURE: 'ignore' }],
  ])('refuse, with %s', (message, wrong) => {
    expect(read({ ...right, ...wrong })).toThrow(message);
    expect(read({ ...right, ...wrong })).not.toThrow(/c2VjcmV0|me:secret/);
  });

  it('take an address inside a private network where that is allowed', () => {
    const inside = { HOOK_AUTHORISE_URL: 'http://10.0.0.1:8080/', HOOK_PRIVATE_ADDRESSES: 'allow' };
    expect(read({ ...right, ...inside })().HOOK_AUTHORISE_URL?.host).toBe('10.0.0.1:8080');
  });
});
