import { createHmac } from 'node:crypto';

/** A secret that a team's endpoint shares with us, and the name by which both know it. */
export interface SigningKey {
  readonly id: string;
  readonly secret: Buffer;
}

const KEY = /^([A-Za-z0-9_-]{1,64}):whsec_([A-Za-z0-9+/]+={0,2})$/;
/** The bounds of a secret, in bytes, as Standard Webhooks has them. */
const SECRET_BYTES = { least: 24, most: 64 };
/** Keys at most: each adds a signature to each request. */
const KEYS = 4;

/**
 * Reads `id:whsec_base64,id:whsec_base64`.
 * @throws Error that says what is expected, and never what was given.
 */
export function readSigningKeys(text: string): SigningKey[] {
  const keys = text.split(',').map((each) => {
    const [, id, base64] = KEY.exec(each.trim()) ?? [];
    const secret = Buffer.from(base64 ?? '', 'base64');
    const isLongEnough = secret.length >= SECRET_BYTES.least && secret.length <= SECRET_BYTES.most;
    if (id === undefined || !isLongEnough) throw new Error(EXPECTED_KEYS);
    return { id, secret };
  });
  if (keys.length > KEYS || new Set(keys.map(({ id }) => id)).size < keys.length)
    throw new Error(EXPECTED_KEYS);
  return keys;
}

const EXPECTED_KEYS = `expected 1 to ${KEYS} keys of different ids, id:whsec_…,id:whsec_…, each with ${SECRET_BYTES.least} to ${SECRET_BYTES.most} random bytes as base64`;

/** What is signed. */
export interface SignedContent {
  /** Names the event or the question, the same at each repetition. Holds no dot. */
  readonly id: string;
  /** When this attempt is made, in seconds since 1970. */
  readonly timestamp: number;
  readonly body: string;
}

/**
 * The headers of a request as Standard Webhooks 1.0 defines them (https://www.standardwebhooks.com), with a signature by each
 * key, so that a key can be replaced while requests go on. `webhook-key-id` names the keys in the same order.
 */
export function signedHeaders(
  keys: readonly SigningKey[],
  { id, timestamp, body }: SignedContent,
): Record<string, string> {
  const signatures = keys.map(({ secret }) => {
    const mac = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
    return `v1,${mac}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
    'webhook-key-id': keys.map((key) => key.id).join(' '),
  };
}
