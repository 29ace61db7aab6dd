import { hash, parseOptions, verify } from '@node-rs/argon2';

/** The work that one hashing costs. */
export interface HashingCost {
  readonly memoryKib: number;
  readonly iterations: number;
  readonly parallelism: number;
}

/** Hashes passwords with argon2id (RFC 9106); the library works off the main thread, in libuv's pool. */
export class PasswordHasher {
  constructor(private readonly cost: HashingCost) {}

  /** In PHC string format, with a random salt of its own. */
  hash(password: string): Promise<string> {
    // argon2id is the library's default; its enum is not there at run time.
    const { memoryKib, iterations, parallelism } = this.cost;
    return hash(password, { memoryCost: memoryKib, timeCost: iterations, parallelism });
  }

  /** Takes the parameters from `passwordHash`, not from the settings. */
  verify(passwordHash: string, password: string): Promise<boolean> {
    return verify(passwordHash, password);
  }

  /** Whether `passwordHash` was made with another cost than the settings ask for now. */
  isOutdated(passwordHash: string): boolean {
    const { memoryCost, timeCost, parallelism } = parseOptions(passwordHash);
    const now = this.cost;
    return memoryCost !== now.memoryKib || timeCost !== now.iterations || parallelism !== now.parallelism;
  }
}
