import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { readSigningKeys, signedHeaders } from './signing-keys.js';

const secret = (fill: number, bytes = 32) => `whsec_${Buffer.alloc(bytes, fill).toString('base64')}`;

describe('the signature of a call', () => {
  const body = '{"type":"beforeSend","data":{"message":"grüße 🎉"}}';
  const signedBy = (text: string) => {
    const timestamp = Math.floor(Date.now() / 1_000);
    return signedHeaders(readSigningKeys(text), { id: 'hook_1', timestamp, body });
  };

  it('is one that the library of Standard Webhooks accepts, for each of the keys', () => {
    const headers = signedBy(`new:${secret(1)},old:${secret(2)}`);
    for (const fill of [1, 2])
      expect(new Webhook(secret(fill)).verify(body, headers)).toEqual(JSON.parse(body));
    expect(headers['webhook-key-id']).toBe('new old');
  });

  it('is refused with another key, for another body, id or time', () => {
    const headers = signedBy(`new:${secret(1)}`);
    const verify =
      (with_: Record<string, string>, text = body, key = secret(1)) =>
      () =>
        new Webhook(key).verify(text, { ...headers, ...with_ });
    expect(verify({})).not.toThrow();
    expect(verify({}, body, secret(3))).toThrow();
    expect(verify({}, body.replace('grüße', 'others'))).toThrow();
    expect(verify({ 'webhook-id': 'hook_2' })).toThrow();
    expect(verify({ 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) })).toThrow();
  });
});

describe('readSigningKeys', () => {
  it.each([
    ['nothing', ''],
    ['a key without an id', secret(1)],
    ['a secret that is too short', `a:${secret(1, 23)}`],
    ['a secret that is too long', `a:${secret(1, 65)}`],
    ['the same id twice', `a:${secret(1)},a:${secret(2)}`],
    ['five keys', [1, 2, 3, 4, 5].map((n) => `k${n}:${secret(n)}`).join(',')],
    ['an id with a space', `a b:${secret(1)}`],
  ])('refuses %s, without showing it', (_, text) => {
    const read = () => readSigningKeys(text);
    expect(read).toThrow(/^expected 1 to 4 keys/);
    expect(read).not.toThrow(/AQEB/);
  });
});
