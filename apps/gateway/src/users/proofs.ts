import {
  type AskingUser,
  type AuthContract,
  aboutProof,
  type ReplyOf,
  Sealer,
  type Secrets,
  type Unopened,
} from '@parley/contracts';
import { AppError } from '@parley/protocol';
import type { ServiceClient } from '@parley/service-kit';
import type { SealedRequests } from './sealed-requests.js';

type Pattern = Parameters<typeof aboutProof>[0];
type Done<P extends Pattern> = Exclude<ReplyOf<AuthContract, P>, Unopened>;

/** Asks auth for what needs the user's password once more. It leaves this process only sealed. */
export class Proofs {
  private readonly shared: Sealer | undefined;

  /** @param sealingKey SEALING_KEY, where it is set; kept for one release longer. */
  constructor(
    private readonly auth: ServiceClient<AuthContract>,
    private readonly sealed: SealedRequests,
    sealingKey: Buffer | undefined,
  ) {
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
    const about = (key: string) => aboutProof(pattern, asking, key);
    const opened = await this.sealed.ask<ReplyOf<AuthContract, P> & object>(
      { secrets, about, nextKey },
      (box, idempotencyKey) => this.auth.ask(pattern, { ...asking, secrets: box }, { idempotencyKey }),
    );
    if (opened !== undefined) return opened.reply as Done<P>;
    if (this.shared === undefined) throw new AppError('UNAVAILABLE');
    // Where a gateway has no key of auth; kept for one release longer.
    const request = { ...asking, shared: this.shared.seal(JSON.stringify(secrets)) };
    const reply = await this.auth.ask(pattern, request, { idempotencyKey: nextKey() });
    if ('unopened' in reply) throw new AppError('UNAVAILABLE');
    return reply as Done<P>;
  }
}
