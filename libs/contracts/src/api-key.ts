import { hash, randomBytes } from 'node:crypto';
import { API_KEY } from '@parley/protocol';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID_CHARACTERS = 16;
/** 62 to the power of 43 is just above 2 to the power of 256. */
const SECRET_CHARACTERS = 43;
const SECRET_BYTES = 32;

/** A key as the services speak of it. */
export interface ApiKeyRef {
  /** Names the key. It is no secret. */
  readonly id: string;
  /** SHA-256 of the secret, hexadecimal. Auth stores the SHA-256 of this: who reads what is stored cannot use it. */
  readonly proof: string;
}

/** A new key: what is shown once, and what auth is told of it. */
export interface NewApiKey extends ApiKeyRef {
  /** `pk_<id>_<secret>`. */
  readonly key: string;
}

/** Makes a key with a secret of 256 random bits. It is made where it is shown, so that no other process ever has it. */
export function newApiKey(): NewApiKey {
  // The last of 96 bits are cut off: an id has to be unlikely to come twice, and no more.
  const id = base62(randomBytes(12), 17).slice(-ID_CHARACTERS);
  const secret = base62(randomBytes(SECRET_BYTES), SECRET_CHARACTERS);
  return { key: `pk_${id}_${secret}`, id, proof: hash('sha256', secret) };
}

/** What a key says; undefined for a text of another form. */
export function apiKeyRef(key: string): ApiKeyRef | undefined {
  const [, id, secret] = API_KEY.exec(key) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, proof: hash('sha256', secret) };
}

function base62(bytes: Buffer, characters: number): string {
  let number = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  for (let n = 0; n < characters; n += 1) {
    text = DIGITS.charAt(Number(number % 62n)) + text;
    number /= 62n;
  }
  return text;
}
