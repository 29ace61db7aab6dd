import { hash, parseOptions, verify } from '@node-rs/argon2';

/** The cost of one hashing. */
export interface HashingCost {
  readonly memoryKib: number;
  readonly iterations: number;
  readonly parallelism: number;
}

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

  /** Whether `passwordHash` was made at another cost than the present one. */
  isOutdated(passwordHash: string): boolean {
    const { memoryCost, timeCost, parallelism } = parseOptions(passwordHash);
    const now = this.cost;
    return memoryCost !== now.memoryKib || timeCost !== now.iterations || parallelism !== now.parallelism;
  }
}
