import { createHmac, hkdfSync } from 'node:crypto';
import { newAccessKey } from '@parley/contracts';
import { usernameKey } from '@parley/protocol';
import { v5 } from 'uuid';

// The UUID and access key that a sign-up or sign-in creates are derived from the request rather than random. A request may
// be handled twice because its replica died before it answered. If they were random, the second run would take the first
// run's username for another user's, and would leave a session whose key nobody has. Derived, they are the same in both
// runs. Storing random ones would work too, but would store a usable access key before it is sent.

/** Name space of users' UUIDs: random, and never changed. */
const USERS = '5c0f7d0e-6f0b-4c53-9a3b-0d1f6c1e8a52';
const SECRET_BYTES = 32;

/**
 * The UUID of the user that this request creates. It depends on the name too: even a request key used twice never
 * gives two users the same UUID. It is no secret.
 * @param requestKey names the request: the same each time this request is handled, and different for every other request.
 */
export const newUserUUID = (requestKey: string, username: string): string =>
  v5(`${requestKey}\n${usernameKey(username)}`, USERS);

/** Makes the access keys of sessions. */
export class AccessKeys {
  private readonly key: Buffer;

  /** @param secret a derived key is as hard to guess as this one; HKDF (RFC 5869) keeps the uses apart. */
  constructor(secret: Buffer) {
    this.key = Buffer.from(hkdfSync('sha256', secret, '', 'access keys', SECRET_BYTES));
  }

  /**
   * The access key of the session that this request opens. HMAC-SHA256 under a secret key yields 256 bits that nobody
   * without the key can tell from random ones (RFC 2104), no matter what they know of the request.
   * @param requestKey as for {@link newUserUUID}.
   */
  of(requestKey: string, userUUID: string): string {
    return newAccessKey(
      userUUID,
      createHmac('sha256', this.key).update(`${requestKey}\n${userUUID}`).digest(),
    );
  }
}
