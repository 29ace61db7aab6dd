import { Inject, Injectable } from '@nestjs/common';
import type { Identity } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { CREDENTIAL_STORE, type Credential, type CredentialStore } from './credential-store.js';
import { PasswordCheck } from './password-check.js';
import { placeOf } from './sign-in-place.js';
import type { Attempt } from './sign-in-throttle.js';
import { SignUpLimit } from './throttle/sign-up-limit.js';

/** Who may create an account. */
export interface RegistrationRules {
  /** Whether clients may create accounts at all. */
  readonly isOpen: boolean;
  /** Whether signing in with an unknown username creates the account. */
  readonly signsUpAtSignIn: boolean;
}

/** Injection token of the {@link RegistrationRules}. */
export const REGISTRATION_RULES = Symbol('registration rules');

/** Creates accounts, as far as the rules and the limit of an address allow. */
@Injectable()
export class Registration {
  constructor(
    @Inject(CREDENTIAL_STORE) private readonly credentials: CredentialStore,
    private readonly passwords: PasswordCheck,
    private readonly limit: SignUpLimit,
    @Inject(REGISTRATION_RULES) private readonly rules: RegistrationRules,
  ) {}

  /** Whether signing in with an unknown username creates the account. */
  get signsUpAtSignIn(): boolean {
    return this.rules.isOpen && this.rules.signsUpAtSignIn;
  }

  /** @throws AppError FORBIDDEN while clients may not create accounts. */
  checkIsOpen(): void {
    if (!this.rules.isOpen) throw new AppError('FORBIDDEN', { message: 'Registration is closed.' });
  }

  /**
   * Stores a credential for a new user, unless the username has one by now.
   * @returns the credential that is stored, which may be another user's; `fresh` if this call created it.
   * @throws AppError RATE_LIMITED, OVERLOADED
   */
  create(user: Identity, password: string, attempt: Attempt): Promise<Credential & { fresh: boolean }> {
    const { username, address } = attempt;
    return this.limit.within(address, async () => {
      const passwordHash = await this.passwords.hash(password, attempt);
      const places = [placeOf(username, address)];
      const stored = await this.credentials.create({ user, passwordHash, places });
      return { ...stored, fresh: stored.passwordHash === passwordHash };
    });
  }
}
