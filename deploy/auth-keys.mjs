import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';

/**
 * The keys of auth as its setting and that of the gateways have them: a new one, and after it the one that was in use, so
 * that auth and the gateways may change one after the other. Works before anything is built.
 * @param {string} [privateKeys] AUTH_PRIVATE_KEYS until now
 * @returns {{AUTH_PRIVATE_KEYS: string, AUTH_PUBLIC_KEYS: string}}
 */
export function nextKeys(privateKeys) {
  const { privateKey } = generateKeyPairSync('x25519');
  const id = randomBytes(4).toString('hex');
  const fresh = `${id}:${privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')}`;
  const inUse = privateKeys?.split(',')[0];
  return keyLists(inUse ? `${fresh},${inUse}` : fresh);
}

/**
 * Both settings from the private keys.
 * @param {string} privateKeys AUTH_PRIVATE_KEYS
 */
export const keyLists = (privateKeys) => ({
  AUTH_PRIVATE_KEYS: privateKeys,
  AUTH_PUBLIC_KEYS: privateKeys.split(',').map(publicEntry).join(),
});

function publicEntry(entry) {
  const [id, base64] = entry.split(':');
  const key = createPrivateKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'pkcs8' });
  return `${id}:${createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64')}`;
}
