import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SigningKey } from './signing-keys.js';

/** How far the time of a signature may be from now, in seconds, as Standard Webhooks advises. */
export const TOLERANCE_SECONDS = 300;

/** What is wrong with a signed request. */
export const SIGNATURE_FAULTS = {
  headers: 'webhook-id, webhook-timestamp or webhook-signature is missing or malformed',
  timestamp: 'the timestamp is too far from now',
  signature: 'no signature fits',
} as const;

/** See {@link SIGNATURE_FAULTS}. */
export type SignatureFault = keyof typeof SIGNATURE_FAULTS;

/** A request is not signed as it should be. Its message holds nothing of the request. */
export class SignatureError extends Error {
  override readonly name = 'SignatureError';

  constructor(readonly fault: SignatureFault) {
    super(SIGNATURE_FAULTS[fault]);
  }
}

/** A request as it came. */
export interface SignedRequest {
  /** By their names in lower case. One that came twice is an array, and counts as malformed. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The bytes that came, before anything read them. */
  readonly body: Uint8Array | string;
}

/** What a signature vouches for, besides the body. */
export interface VerifiedRequest {
  /** Names the event or the question, the same at each repetition. */
  readonly id: string;
  /** When this attempt was made, in seconds since 1970. */
  readonly timestamp: number;
}

/** How a request is verified. */
export interface VerificationOptions {
  /** Seconds, either way; {@link TOLERANCE_SECONDS} by default. */
  readonly toleranceSeconds?: number | undefined;
  /** The time now, in milliseconds since 1970. */
  readonly now?: () => number;
}

const ID = /^[\x21-\x2d\x2f-\x7e]{1,256}$/;
const TIMESTAMP = /^\d{1,12}$/;
/** Signatures at most that are looked at: a sender has four keys. */
const SIGNATURES = 16;

/**
 * Verifies a request that {@link signedHeaders} has signed, or anything else that follows Standard Webhooks 1.0. One signature by one
 * of the keys is enough, so that a key can be replaced. Comparisons take the same time for every wrong signature.
 * @throws SignatureError
 */
export function verifySignature(
  keys: readonly SigningKey[],
  { headers, body }: SignedRequest,
  { toleranceSeconds = TOLERANCE_SECONDS, now = Date.now }: VerificationOptions = {},
): VerifiedRequest {
  const [id, time, signatures] = [
    headers['webhook-id'],
    headers['webhook-timestamp'],
    headers['webhook-signature'],
  ];
  if (typeof id !== 'string' || typeof time !== 'string' || typeof signatures !== 'string')
    throw new SignatureError('headers');
  if (!ID.test(id) || !TIMESTAMP.test(time)) throw new SignatureError('headers');
  const timestamp = Number(time);
  if (Math.abs(now() / 1_000 - timestamp) > toleranceSeconds) throw new SignatureError('timestamp');
  const given = signatures.split(' ', SIGNATURES).flatMap((each) => digestIn(each) ?? []);
  const isSigned = keys.some(({ secret }) => {
    const mac = createHmac('sha256', secret).update(`${id}.${time}.`).update(body).digest();
    return given.some((digest) => timingSafeEqual(digest, mac));
  });
  if (!isSigned) throw new SignatureError('signature');
  return { id, timestamp };
}

const DIGEST_BYTES = 32;

/** The digest of a signature of this version; undefined for another version, which a later sender may add. */
function digestIn(signature: string): Buffer | undefined {
  if (!signature.startsWith('v1,')) return undefined;
  const digest = Buffer.from(signature.slice(3), 'base64');
  return digest.length === DIGEST_BYTES ? digest : undefined;
}
