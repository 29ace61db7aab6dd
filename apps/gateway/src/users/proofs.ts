import {
  type AskingUser,
  type AuthContract,
  aboutProof,
  BoxSealer,
  type ReplyOf,
  Sealer,
  type Secrets,
  type Unopened,
} from '@parley/contracts';
import { AppError } from '@parley/protocol';
import type { Logger, ServiceClient } from '@parley/service-kit';
import type { GatewayKeyRing } from './sign-ins.js';

type Pattern = Parameters<typeof aboutProof>[0];
type Done<P extends Pattern> = Exclude<ReplyOf<AuthContract, P>, Unopened>;

/** Asks auth for what needs the user's password once more. It leaves this process only sealed. */
export class Proofs {
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
   * Sends the request, with its secrets sealed to the first key that auth can open.
   * @param nextKey gives the next idempotency key: each form of the request has its own, because auth keeps its answer.
   * @throws AppError what auth answers; UNAVAILABLE when it has no key in common with this gateway.
   */
  async ask<P extends Pattern>(
    pattern: P,
    asking: AskingUser,
    secrets: Secrets,
    nextKey: () => string,
  ): Promise<Done<P>> {
    for (const sealer of this.sealers) {
      const idempotencyKey = nextKey();
      const { box } = await sealer.seal(secrets, aboutProof(pattern, asking, idempotencyKey));
      const reply = await this.auth.ask(pattern, { ...asking, secrets: box }, { idempotencyKey });
      if (!('unopened' in reply)) return reply as Done<P>;
      this.logger.warn({ key: sealer.id }, 'auth could not open what was sealed to its key');
    }
    if (this.shared === undefined) throw new AppError('UNAVAILABLE');
    // Where a gateway has no key of auth; kept for one release longer.
    const request = { ...asking, shared: this.shared.seal(JSON.stringify(secrets)) };
    const reply = await this.auth.ask(pattern, request, { idempotencyKey: nextKey() });
    if ('unopened' in reply) throw new AppError('UNAVAILABLE');
    return reply as Done<P>;
  }
}
