import {
  type AuthContract,
  aboutSignIn,
  BoxSealer,
  type NamedKey,
  Sealer,
  type SignInReply,
  type Unopened,
} from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { isUnhandled, type Logger, type ServiceClient } from '@parley/service-kit';

/** What a person signs up or in with. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** The client's address. */
  readonly address: string;
}

/** The keys that passwords are sealed with. At least one of the two is set. */
export interface GatewayKeyRing {
  /** Auth's. The first is used; the next where auth does not have that. */
  readonly publicKeys: readonly NamedKey[];
  /** Of the release before; kept for one release longer. */
  readonly sealingKey: Buffer | undefined;
}

/** Asks auth to sign somebody up or in. The password leaves this process only sealed, and so the access key comes back. */
export class SignIns {
  private readonly sealers: readonly BoxSealer[];
  private readonly shared: Sealer | undefined;

  constructor(
    private readonly auth: ServiceClient<AuthContract>,
    { publicKeys, sealingKey }: GatewayKeyRing,
    private readonly logger: Logger,
  ) {
    this.sealers = publicKeys.map((key) => new BoxSealer(key));
    this.shared = sealingKey && new Sealer(sealingKey);
  }

  /**
   * Signs up or in.
   * @param nextKey gives the next idempotency key: each form of the request has its own, because auth keeps its answer.
   * @returns auth's answer with the access key in clear.
   * @throws AppError what auth answers; UNAVAILABLE when it has no key in common with this gateway.
   */
  async ask(
    type: 'signUp' | 'signIn',
    credentials: Credentials,
    nextKey: () => string,
  ): Promise<SignInReply> {
    for (const sealer of this.sealers) {
      const reply = await this.askSealed(sealer, type, credentials, nextKey());
      if (reply === 'unknown') break;
      if (!('unopened' in reply)) return reply;
      this.logger.warn({ key: sealer.id }, 'auth could not open what was sealed to its key');
    }
    if (this.shared !== undefined) return this.askShared(this.shared, type, credentials, nextKey());
    throw new AppError('UNAVAILABLE');
  }

  /**
   * An auth of the release before does not know these requests. Where there is a SEALING_KEY for it, it gets its own at
   * once; its answer proves that it has done nothing. Without one, the request is left to a replica of this release.
   * @returns 'unknown' if auth is of the release before.
   */
  private async askSealed(
    sealer: BoxSealer,
    type: 'signUp' | 'signIn',
    { username, password, address }: Credentials,
    idempotencyKey: string,
  ): Promise<SignInReply | Unopened | 'unknown'> {
    const about = aboutSignIn(type, { username, address }, idempotencyKey);
    const { box, answers } = await sealer.seal({ password }, about);
    const request = { username, address, secrets: box };
    const failsWhenUnhandled = this.shared !== undefined;
    try {
      const reply = await this.auth.ask(`auth.${type}Sealed`, request, {
        idempotencyKey,
        failsWhenUnhandled,
      });
      return 'unopened' in reply ? reply : { ...reply, accessKey: answers.open(reply.accessKey) };
    } catch (error) {
      if (failsWhenUnhandled && isUnhandled(error)) return 'unknown';
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
