import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { readSigningKeys, signedHeaders } from './signing-keys.js';
import { verifySignature } from './verify-signature.js';

const secret = (fill: number) => `whsec_${Buffer.alloc(32, fill).toString('base64')}`;
const keysOf = (...fills: number[]) => readSigningKeys(fills.map((n) => `k${n}:${secret(n)}`).join(','));

const NOW = 1_767_268_800;
const body = '{"type":"message.created","data":{"text":"grüße 🎉"}}';
const sent = (keys = keysOf(1), timestamp = NOW) => signedHeaders(keys, { id: 'evt_1', timestamp, body });
const verify = (headers: Record<string, string | string[]>, text: string | Buffer = body, keys = keysOf(1)) =>
  verifySignature(keys, { headers, body: text }, { now: () => NOW * 1_000 });

describe('verifySignature', () => {
  it('takes what was signed, as text and as bytes, and says what it vouches for', () => {
    expect(verify(sent())).toEqual({ id: 'evt_1', timestamp: NOW });
    expect(verify(sent(), Buffer.from(body))).toEqual({ id: 'evt_1', timestamp: NOW });
  });

  it('takes what the library of Standard Webhooks has signed', () => {
    const signature = new Webhook(secret(1)).sign('evt_2', new Date(NOW * 1_000), body);
    const headers = {
      ...{ 'webhook-id': 'evt_2', 'webhook-timestamp': String(NOW) },
      'webhook-signature': signature,
    };
    expect(verify(headers)).toMatchObject({ id: 'evt_2' });
  });

  it('needs one of several signatures by one of several keys, while a key is replaced', () => {
    expect(verify(sent(keysOf(2, 1)), body, keysOf(1))).toMatchObject({ id: 'evt_1' });
    expect(verify(sent(keysOf(1)), body, keysOf(3, 1))).toMatchObject({ id: 'evt_1' });
    const headers = sent();
    headers['webhook-signature'] = `v2,abc ${headers['webhook-signature']}`;
    expect(verify(headers)).toMatchObject({ id: 'evt_1' });
  });

  it.each([
    ['another key', sent(keysOf(2)), 'signature'],
    ['another id', { ...sent(), 'webhook-id': 'evt_2' }, 'signature'],
    ['another time', { ...sent(), 'webhook-timestamp': String(NOW + 1) }, 'signature'],
    ['no signature of this version', { ...sent(), 'webhook-signature': 'v2,AAAA' }, 'signature'],
    ['a short signature', { ...sent(), 'webhook-signature': 'v1,AAAA' }, 'signature'],
    ['a signature of nothing', { ...sent(), 'webhook-signature': '' }, 'signature'],
    ['no headers', {}, 'headers'],
    [
      'an id with a dot, which could move text between the parts',
      { ...sent(), 'webhook-id': 'a.b' },
      'headers',
    ],
    ['an id that came twice', { ...sent(), 'webhook-id': ['evt_1', 'evt_1'] }, 'headers'],
    ['a time that is none', { ...sent(), 'webhook-timestamp': '1e9' }, 'headers'],
    ['a time too long ago', sent(keysOf(1), NOW - 301), 'timestamp'],
    ['a time too far ahead', sent(keysOf(1), NOW + 301), 'timestamp'],
  ] as const)('refuses %s', (_, headers, fault) => {
    expect(() => verify(headers as Record<string, string>)).toThrow(expect.objectContaining({ fault }));
  });

  it('refuses another body', () => {
    expect(() => verify(sent(), body.replace('message', 'massage'))).toThrow('no signature fits');
  });
});
