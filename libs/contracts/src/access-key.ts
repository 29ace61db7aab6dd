import { hash, randomBytes } from 'node:crypto';
import type { SessionRef } from './sessions.js';

const UUID_BYTES = 16;
const SECRET_BYTES = 32;

/**
 * Makes an access key: the user's UUID and 256 random bits, 64 characters of base64url. Because of the UUID, a session is
 * found without an index, and all sessions of a user share a hash slot.
 * @param secret 32 bytes that nobody can guess; random ones by default.
 */
export function newAccessKey(userUUID: string, secret: Buffer = randomBytes(SECRET_BYTES)): string {
  if (secret.length !== SECRET_BYTES)
    throw new RangeError(`The secret of an access key must have ${SECRET_BYTES} bytes.`);
  const user = Buffer.from(userUUID.replaceAll('-', ''), 'hex');
  return Buffer.concat([user, secret]).toString('base64url');
}

/** Returns the session that an access key names, undefined if the string cannot be an access key. */
export function sessionOf(accessKey: string): SessionRef | undefined {
  const bytes = Buffer.from(accessKey, 'base64url');
  if (bytes.length !== UUID_BYTES + SECRET_BYTES || bytes.toString('base64url') !== accessKey)
    return undefined;
  const hex = bytes.toString('hex', 0, UUID_BYTES);
  const userUUID = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { userUUID, sessionId: hash('sha256', accessKey) };
}
