import { randomBytes } from 'node:crypto';
import { hash, parseOptions, verify } from '@node-rs/argon2';

/** The cost of one hashing. */
export interface HashingCost {
  readonly memoryKib: number;
  readonly iterations: number;
  readonly parallelism: number;
}

/** Sizes of the library's hashes, as RFC 9106 (section 4) recommends them. */
const [SALT_BYTES, TAG_BYTES] = [16, 32];

/** Base64 without padding, as the PHC string format has it. */
const inPhc = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');

/** Hashes passwords with argon2id (RFC 9106). The library works in libuv's thread pool, not on the main thread. */
export class PasswordHasher {
  constructor(private readonly cost: HashingCost) {}

  /** Returns the hash in PHC string format, with a random salt. */
  hash(password: string): Promise<string> {
    // argon2id is the library's default; its enum does not exist at run time.
    const { memoryKib, iterations, parallelism } = this.cost;
    return hash(password, { memoryCost: memoryKib, timeCost: iterations, parallelism });
  }

  /** Takes the parameters from `passwordHash`, not from the settings. */
  verify(passwordHash: string, password: string): Promise<boolean> {
    return verify(passwordHash, password);
  }

  /** Returns a hash of no password, at the present cost: to check one against it takes as long as against a user's. */
  decoy(): string {
    const { memoryKib, iterations, parallelism } = this.cost;
    const [salt, tag] = [randomBytes(SALT_BYTES), randomBytes(TAG_BYTES)].map(inPhc);
    return `$argon2id$v=19$m=${memoryKib},t=${iterations},p=${parallelism}$${salt}$${tag}`;
  }

  /**
   * Whether `passwordHash` costs less than one would now: it has less memory, or less work in all. A hash that costs more
   * stays, so that replicas with different settings do not replace each other's. Lanes change the time, not the work.
   */
  isOutdated(passwordHash: string): boolean {
    const { memoryCost, timeCost } = parseOptions(passwordHash);
    const { memoryKib, iterations } = this.cost;
    return memoryCost < memoryKib || memoryCost * timeCost < memoryKib * iterations;
  }
}
