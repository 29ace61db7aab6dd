import { describe, expect, it } from '@jest/globals';
import { readChannelsSettings } from '../config.js';
import { kindsOfUsers } from './webhook-settings.js';

const HOOK_KEYS = `a:whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const read =
  (webhooks: unknown, more: Record<string, string> = {}) =>
  () =>
    readChannelsSettings({ HOOK_KEYS, WEBHOOKS: JSON.stringify(webhooks), ...more });
const right = { name: 'crm', url: 'https://crm.example/parley' };

describe('the settings of webhooks', () => {
  it('are none by default', () => {
    expect(readChannelsSettings({})).toMatchObject({ WEBHOOK_GIVE_UP_SECONDS: 86_400 });
  });

  it('take a name and an address, and what it is told of: everything, if nothing is said', () => {
    const [everything, some] = read([
      right,
      {
        ...right,
        name: 'audit',
        events: ['membership'],
        channels: ['group', '0b9bbf35-6d4c-5f5d-9d3c-3c1bd3d5f1a2'],
      },
    ])().WEBHOOKS!;
    expect(everything).toMatchObject({
      events: ['message', 'membership'],
      channels: ['general', 'private', 'group'],
    });
    expect(some).toMatchObject({ events: ['membership'] });
  });

  it('tell of users only who asks for that', () => {
    const [quiet, curious] = read([right, { ...right, name: 'hr', events: ['user', 'account', 'session'] }])()
      .WEBHOOKS!;
    expect(kindsOfUsers(quiet!)).toEqual([]);
    expect(kindsOfUsers(curious!)).toEqual(['user', 'account', 'session']);
  });

  it.each([
    ['no JSON', 'crm'],
    ['a name twice', [right, right]],
    ['a name that would break a key', [{ ...right, name: 'a}b' }]],
    ['no address', [{ name: 'crm' }]],
    ['an address with a password', [{ ...right, url: 'https://me:secret@crm.example' }]],
    ['an unknown event', [{ ...right, events: ['typing'] }]],
    ['no events', [{ ...right, events: [] }]],
    ['an unknown kind of channels', [{ ...right, channels: ['public'] }]],
    ['what it does not know', [{ ...right, secret: 'x' }]],
  ])('refuse %s, without showing it', (_, webhooks) => {
    expect(read(webhooks)).toThrow('WEBHOOKS: expected JSON');
    expect(read(webhooks)).not.toThrow(/me:secret/);
  });

  it('refuse webhooks without keys, and addresses inside unless they are allowed', () => {
    expect(read([right], { HOOK_KEYS: '' })).toThrow('HOOK_KEYS: expected keys');
    for (const url of ['http://crm.example/', 'https://10.0.0.1/']) {
      expect(read([{ ...right, url }])).toThrow('WEBHOOKS: expected https:// and public addresses');
      expect(read([{ ...right, url }], { HOOK_PRIVATE_ADDRESSES: 'allow' })).not.toThrow();
    }
  });
});
