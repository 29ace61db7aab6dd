import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '@parley/protocol';

/** A way to sign in. */
export type SignInMethod = 'password' | 'token';

/** Injection token of the ways to sign in that are on. */
export const SIGN_IN_METHODS = Symbol('sign-in methods');

/** Which ways to sign in are on. */
@Injectable()
export class SignInMethods {
  constructor(@Inject(SIGN_IN_METHODS) private readonly methods: readonly SignInMethod[]) {}

  /** @throws AppError FORBIDDEN if this way is off. */
  require(method: SignInMethod): void {
    if (!this.methods.includes(method))
      throw new AppError('FORBIDDEN', { message: `Nobody signs in with a ${method} here.` });
  }
}
