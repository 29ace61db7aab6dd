import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';

/** An X25519 key of auth with the id that requests name it by. */
export interface NamedKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** The most keys of a list: one in use, one before it, and room for a mistake. */
export const MOST_KEYS = 8;
const ID = /^[\w.-]{1,32}$/;

/**
 * Reads auth's private keys from `id:key,id:key`, each key PKCS #8 in DER as base64. Gateways seal to any of them.
 * @throws RangeError that says what is expected, without any key.
 */
export const readPrivateKeys = (text: string): readonly NamedKey[] =>
  readKeys(text, 'private', (der) => createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));

/**
 * Reads auth's public keys from `id:key,id:key`, each key SubjectPublicKeyInfo in DER as base64. The form tells a public
 * key from a private one: a gateway that is given a private key by mistake does not start.
 * @throws RangeError that says what is expected, without any key.
 */
export const readPublicKeys = (text: string): readonly NamedKey[] =>
  readKeys(text, 'public', (der) => {
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    // OpenSSL refuses a point of low order, with which the shared secret would be known to everyone (RFC 7748, 6.1).
    diffieHellman({ privateKey: generateKeyPairSync('x25519').privateKey, publicKey: key });
    return key;
  });

/** The public keys that belong to these private keys, in the form of {@link readPublicKeys}. */
export const publicKeysOf = (keys: readonly NamedKey[]): string =>
  keys
    .map(
      ({ id, key }) =>
        `${id}:${createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64')}`,
    )
    .join(',');

/** Makes a private key, in the form of {@link readPrivateKeys}. */
export function newPrivateKey(id: string): string {
  const { privateKey } = generateKeyPairSync('x25519');
  return `${id}:${privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')}`;
}

/** What stands before the 32 bytes of an X25519 key in PKCS #8 (RFC 8410, section 7). */
const PKCS8_OF_X25519 = Buffer.from('302e020100300506032b656e04220420', 'hex');

/**
 * The private key that belongs to a secret, in the form of {@link readPrivateKeys}: the same on every machine that has it.
 * @param secret as hard to guess as a key: random, and at least 32 characters.
 */
export function privateKeyFrom(secret: string): string {
  const derived = (what: string, bytes: number) => Buffer.from(hkdfSync('sha256', secret, '', what, bytes));
  const key = Buffer.concat([PKCS8_OF_X25519, derived('parley auth private key', 32)]);
  return `${derived('parley auth key id', 4).toString('hex')}:${key.toString('base64')}`;
}

/** The 32 bytes of a key. */
export function rawKey(key: KeyObject): Buffer {
  const { d, x } = key.export({ format: 'jwk' });
  return Buffer.from((key.type === 'private' ? d : x)!, 'base64url');
}

function readKeys(text: string, kind: string, read: (der: Buffer) => KeyObject): readonly NamedKey[] {
  const entries = text.split(',');
  const ids = new Set(entries.map((entry) => entry.split(':')[0]!));
  const keys = entries.map((entry) => readKey(entry, read));
  const areUsable = keys.every((one) => one !== undefined) && entries.length <= MOST_KEYS;
  if (areUsable && ids.size === entries.length) return keys;
  throw new RangeError(`expected id:key,… with 1 to ${MOST_KEYS} ids and ${kind} X25519 keys (DER, base64)`);
}

function readKey(entry: string, read: (der: Buffer) => KeyObject): NamedKey | undefined {
  const [id = '', base64 = '', ...rest] = entry.split(':');
  if (!ID.test(id) || rest.length > 0) return undefined;
  try {
    const key = read(Buffer.from(base64, 'base64'));
    return key.asymmetricKeyType === 'x25519' ? { id, key } : undefined;
  } catch {
    // Not a key of this kind. What OpenSSL says of it might quote it.
    return undefined;
  }
}
