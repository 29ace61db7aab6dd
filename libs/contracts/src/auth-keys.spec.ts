import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  newPrivateKey,
  privateKeyFrom,
  publicKeysOf,
  rawKey,
  readPrivateKeys,
  readPublicKeys,
} from './auth-keys.js';

const der = (bytes: Buffer) => bytes.toString('base64');
const pair = generateKeyPairSync('x25519');
const publicKey = der(pair.publicKey.export({ format: 'der', type: 'spki' }));
const privateKey = der(pair.privateKey.export({ format: 'der', type: 'pkcs8' }));
/** The point 0 in the same form: the shared secret with it is 0 as well. */
const zero = der(
  Buffer.concat([pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(0, 12), Buffer.alloc(32)]),
);

describe('a key from a secret', () => {
  it('is the same wherever the secret is, and another for another one', () => {
    const [one, again, other] = ['a'.repeat(32), 'a'.repeat(32), 'b'.repeat(32)].map(privateKeyFrom);
    expect(one).toBe(again);
    expect(one).not.toBe(other);
    const [key] = readPrivateKeys(one!);
    expect(key!.id).toMatch(/^[0-9a-f]{8}$/);
    expect(readPublicKeys(publicKeysOf([key!]))[0]!.id).toBe(key!.id);
  });
});

describe('a list of keys', () => {
  it('keeps ids and order, and a private one gives the public one', () => {
    const list = `2026-11:${privateKey},${newPrivateKey('b')}`;
    const publicList = publicKeysOf(readPrivateKeys(list));
    expect(publicList.startsWith(`2026-11:${publicKey},b:`)).toBe(true);
    expect(readPublicKeys(publicList).map(({ id }) => id)).toEqual(['2026-11', 'b']);
    expect(readPrivateKeys(list).map(({ key }) => rawKey(key).length)).toEqual([32, 32]);
  });

  it.each([
    ['a private key', `a:${privateKey}`],
    ['no id', publicKey],
    ['an empty id', `:${publicKey}`],
    ['an id twice', `a:${publicKey},a:${publicKey}`],
    ['an empty entry', `a:${publicKey},`],
    ['no key', 'a:'],
    ['raw bytes', `a:${der(Buffer.alloc(32, 7))}`],
    ['a point of low order', `a:${zero}`],
    [
      'a key of another curve',
      `a:${der(generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }))}`,
    ],
    ['too many', Array.from({ length: 9 }, (_, n) => `${n}:${publicKey}`).join()],
  ])('of public keys is refused with %s, and the key is not shown', (_, text) => {
    expect(() => readPublicKeys(text)).toThrow(
      /^expected id:key,… with 1 to 8 ids and public X25519 keys \(DER, base64\)$/,
    );
  });

  it('of private keys is refused with a public one', () => {
    expect(() => readPrivateKeys(`a:${publicKey}`)).toThrow('private X25519 keys');
  });
});
