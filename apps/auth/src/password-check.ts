import { Injectable } from '@nestjs/common';
import { clientNetwork } from '@parley/contracts';
import { AppError, usernameKey } from '@parley/protocol';
import { HashingCharges } from './hashing/hashing-charges.js';
import { HashingQueue } from './hashing/hashing-queue.js';
import { type HashingClient, Later } from './hashing/waiting-hashing.js';
import { hashings, slowedSignIns, wrongPasswords } from './metrics.js';
import { PasswordHasher } from './password-hasher.js';
import { type Attempt, SignInThrottle, type Slowed } from './sign-in-throttle.js';

/** What operators do comes before strangers, and is charged to no address. */
const OPERATOR: HashingClient = { network: 'operator', name: '', isKnown: true, spentMs: 0 };

/** Hashes and checks passwords, within the bounds of the queue and the throttle. */
@Injectable()
export class PasswordCheck {
  constructor(
    private readonly hasher: PasswordHasher,
    private readonly queue: HashingQueue,
    private readonly charges: HashingCharges,
    private readonly throttle: SignInThrottle,
  ) {}

  /**
   * Hashes the password of an account.
   * @param attempt who it is for; without one, an operator.
   * @throws AppError OVERLOADED
   */
  async hash(password: string, attempt?: Attempt): Promise<string> {
    const client = attempt ? await this.clientOf(attempt, false) : OPERATOR;
    return this.queue.run(client, () => this.run('account', client, () => this.hasher.hash(password)));
  }

  /** Checks the password of a request that was handled before, which is no guess. @throws AppError OVERLOADED */
  async matches(attempt: Attempt, passwordHash: string, password: string): Promise<boolean> {
    const client = await this.clientOf(attempt, true);
    return this.queue.run(client, () =>
      this.run('repetition', client, () => this.hasher.verify(passwordHash, password)),
    );
  }

  /**
   * Checks a guess. It reserves the guess only when the hashing may run, so that no more guesses are reserved than
   * replicas can check at once: waiting guesses do not block each other, and any number of right passwords succeed
   * concurrently.
   * @param passwordHash undefined if there is no such user: the guess then takes as long, counts as much, and is wrong.
   * @param isKnown whether the user has signed in from this network before.
   * @throws AppError RATE_LIMITED, before any hash is computed, also if it is slowed for too long; OVERLOADED.
   */
  async guess(
    attempt: Attempt,
    passwordHash: string | undefined,
    password: string,
    isKnown = false,
  ): Promise<boolean> {
    const client = await this.clientOf(attempt, isKnown);
    const verify = () => this.hasher.verify(passwordHash ?? this.hasher.decoy(), password);
    const check = () => this.run('guess', client, verify);
    const right = await this.queue.run(client, async () => {
      const outcome = await this.throttle.attempt(attempt, isKnown, check);
      return typeof outcome === 'boolean' ? outcome : laterFor(outcome);
    });
    if (!right) wrongPasswords.inc();
    return right && passwordHash !== undefined;
  }

  /**
   * Hashes a password again if its hash was made at a lower cost, and hands the new hash on. It does nothing while other
   * hashings run: people wait for those, and the next sign-in does this.
   */
  async renew(
    passwordHash: string,
    password: string,
    store: (renewed: string) => Promise<void>,
  ): Promise<void> {
    if (!this.hasher.isOutdated(passwordHash)) return;
    await this.queue.runIfIdle(async () => {
      hashings.inc({ of: 'renewal' });
      await store(await this.hasher.hash(password));
    });
  }

  private run<T>(of: string, { network }: HashingClient, hashing: () => Promise<T>): Promise<T> {
    hashings.inc({ of });
    return this.charges.charge(network, hashing);
  }

  private async clientOf({ username, address }: Attempt, isKnown: boolean): Promise<HashingClient> {
    const network = clientNetwork(address);
    return { network, name: usernameKey(username), isKnown, spentMs: await this.charges.spentMs(network) };
  }
}

/** A guess that is slowed by its address holds up all strangers there: asking for each of them would cost a turn. */
function laterFor({ by, waitMs }: Slowed): Later {
  if (by === 'pair') return new Later(waitMs);
  slowedSignIns.inc({ by });
  const error = new AppError('RATE_LIMITED', { retryAfterMs: waitMs });
  return new Later(waitMs, by === 'address' ? 'network' : 'name', error);
}
