import { createHmac, hkdfSync } from 'node:crypto';
import { newAccessKey } from '@parley/contracts';
import { usernameKey } from '@parley/protocol';
import { v5 } from 'uuid';

/** Name space of the UUIDs of users; a random one, fixed for ever. */
const USERS = '5c0f7d0e-6f0b-4c53-9a3b-0d1f6c1e8a52';
const SECRET_BYTES = 32;

/**
 * What a sign-up or sign-in makes up, derived from the request instead of drawn anew each time. A request may be
 * handled twice: its replica died before it answered. Drawn at random, the second run would take the first one's
 * username for somebody else's, and leave behind a session that nobody has the key of. Derived, both runs make the
 * same. Remembering what was drawn would do too, but only by storing a usable access key before it is answered.
 */
export class RequestSecrets {
  private readonly key: Buffer;

  /** @param sealingKey what is derived from it is as hard to guess as itself; HKDF (RFC 5869) keeps the uses apart. */
  constructor(sealingKey: Buffer) {
    this.key = Buffer.from(hkdfSync('sha256', sealingKey, '', 'access keys', SECRET_BYTES));
  }

  /**
   * The UUID of the user that this request makes. Of the name too: even a request key used twice never gives two
   * users the same UUID.
   * @param requestKey is the same whenever the request is handled, and another for every other request.
   */
  userUUID(requestKey: string, username: string): string {
    return v5(`${requestKey}\n${usernameKey(username)}`, USERS);
  }

  /**
   * The access key that this request opens a session with. HMAC-SHA256 under a secret key: 256 bits that nobody who
   * has not the key can tell from random ones (RFC 2104), whatever they know of the request.
   */
  accessKey(requestKey: string, userUUID: string): string {
    return newAccessKey(
      userUUID,
      createHmac('sha256', this.key).update(`${requestKey}\n${userUUID}`).digest(),
    );
  }
}
