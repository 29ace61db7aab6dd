import { type AuthContract, aboutSignIn, Sealer, type SignInReply } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { isUnhandled, type ServiceClient } from '@parley/service-kit';
import type { OpenedReply, SealedRequests } from './sealed-requests.js';

/** What a person signs up or in with. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** The client's address. */
  readonly address: string;
}

/** Asks auth to sign somebody up or in. The password leaves this process only sealed, and so the access key comes back. */
export class SignIns {
  private readonly shared: Sealer | undefined;

  /** @param sealingKey SEALING_KEY of the release before, if it is set; kept for one release longer. */
  constructor(
    private readonly auth: ServiceClient<AuthContract>,
    private readonly sealed: SealedRequests,
    sealingKey: Buffer | undefined,
  ) {
    this.shared = sealingKey && new Sealer(sealingKey);
  }

  /**
   * Signs up or in.
   * @param nextKey gives the next idempotency key.
   * @returns auth's answer with the access key in clear.
   * @throws AppError what auth answers; UNAVAILABLE when it has no key in common with this gateway.
   */
  async ask(
    type: 'signUp' | 'signIn',
    credentials: Credentials,
    nextKey: () => string,
  ): Promise<SignInReply> {
    const opened = await this.askSealed(type, credentials, nextKey);
    if (opened !== undefined)
      return { ...opened.reply, accessKey: opened.answers.open(opened.reply.accessKey) };
    if (this.shared !== undefined) return this.askShared(this.shared, type, credentials, nextKey());
    throw new AppError('UNAVAILABLE');
  }

  /**
   * Signs up without opening the access key: where auth has answered a request of these keys before, it is sealed to the box of that one.
   * @throws AppError as {@link ask}.
   */
  async create(
    credentials: Credentials,
    nextKey: () => string,
  ): Promise<Pick<SignInReply, 'user' | 'sessionId'>> {
    const opened = await this.askSealed('signUp', credentials, nextKey);
    if (opened !== undefined) return opened.reply;
    if (this.shared !== undefined) return this.askShared(this.shared, 'signUp', credentials, nextKey());
    throw new AppError('UNAVAILABLE');
  }

  /**
   * Signs in by a name that seems to be nobody's. It makes no account: auth answers as to a wrong password, after as long a time, or
   * that nobody signs in with one. So its answer tells nobody which names there are.
   * @throws AppError as {@link ask}; WRONG_PASSWORD also where auth has no key in common, which then takes no tokens either.
   */
  async askKnown({ username, password, address }: Credentials, nextKey: () => string): Promise<SignInReply> {
    const about = (key: string) => aboutSignIn('signInKnown', { username, address }, key);
    const opened = await this.sealed.ask<SignInReply>(
      { secrets: { password }, about, nextKey },
      (secrets, idempotencyKey) =>
        this.auth.ask('auth.signInKnown', { username, address, secrets }, { idempotencyKey }),
    );
    if (opened === undefined) throw new AppError('WRONG_PASSWORD');
    return { ...opened.reply, accessKey: opened.answers.open(opened.reply.accessKey) };
  }

  /**
   * An auth of the release before does not know these requests. Where there is a SEALING_KEY for it, it gets its own at
   * once; its answer proves that it has done nothing. Without one, the request is left to a replica of this release.
   * @returns undefined if auth is of the release before, or has no key in common.
   */
  private async askSealed(
    type: 'signUp' | 'signIn',
    { username, password, address }: Credentials,
    nextKey: () => string,
  ): Promise<OpenedReply<SignInReply> | undefined> {
    const pattern = `auth.${type}Sealed` as const;
    const failsWhenUnhandled = this.shared !== undefined;
    try {
      return await this.sealed.ask<SignInReply>(
        { secrets: { password }, about: (key) => aboutSignIn(type, { username, address }, key), nextKey },
        (secrets, idempotencyKey) =>
          this.auth.ask(pattern, { username, address, secrets }, { idempotencyKey, failsWhenUnhandled }),
      );
    } catch (error) {
      if (failsWhenUnhandled && isUnhandled(error)) return undefined;
      throw error;
    }
  }

  /** As the release before asks; kept for one release longer. */
  private async askShared(
    shared: Sealer,
    type: 'signUp' | 'signIn',
    { username, password, address }: Credentials,
    idempotencyKey: string,
  ): Promise<SignInReply> {
    const request = { username, address, password: shared.seal(password) };
    const reply = await this.auth.ask(`auth.${type}`, request, { idempotencyKey });
    return { ...reply, accessKey: shared.open(reply.accessKey) };
  }
}
