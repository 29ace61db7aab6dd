import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Length of a key that seals, in bytes. */
export const SEALING_KEY_BYTES = 32;

/**
 * Seals access keys on their way from auth to a gateway, with a key that only the two know. Replies may be stored in Redis,
 * and so in the append-only file, which must not contain a secret in clear. With SEALING_KEY it also seals passwords of
 * and for the release before; that is kept for one release longer.
 */
export class Sealer {
  /** @param key {@link SEALING_KEY_BYTES} bytes that both sides have. */
  constructor(private readonly key: Buffer) {
    if (key.length !== SEALING_KEY_BYTES)
      throw new RangeError(`The sealing key must have ${SEALING_KEY_BYTES} bytes.`);
  }

  /** Encrypts with AES-256-GCM under a random nonce (NIST SP 800-38D, 8.2.2); base64url. */
  seal(secret: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.key, nonce);
    const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** @throws Error if it was sealed with another key or altered. */
  open(sealed: string): string {
    const bytes = Buffer.from(sealed, 'base64url');
    const decipher = createDecipheriv(ALGORITHM, this.key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([
      decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)),
      decipher.final(),
    ]).toString('utf8');
  }
}
