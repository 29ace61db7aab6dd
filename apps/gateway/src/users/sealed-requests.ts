import {
  BoxSealer,
  type NamedKey,
  type SealedBox,
  type Sealer,
  type Secrets,
  type Unopened,
} from '@parley/contracts';
import type { Logger } from '@parley/service-kit';

/** Secrets on their way to auth, and what they belong to. */
export interface SecretRequest {
  readonly secrets: Secrets;
  /** What the box of the request with this key belongs to. */
  readonly about: (idempotencyKey: string) => readonly string[];
  /** Gives the next idempotency key: each try has its own, because auth keeps its answer. */
  readonly nextKey: () => string;
}

/** A reply, and what opens the secrets in it. */
export interface OpenedReply<Reply> {
  readonly reply: Reply;
  readonly answers: Sealer;
}

/** Seals the secrets of requests to a key of auth: to the first, and to the next where auth does not have that. */
export class SealedRequests {
  private readonly sealers: readonly BoxSealer[];

  constructor(
    publicKeys: readonly NamedKey[],
    private readonly logger: Logger,
  ) {
    this.sealers = publicKeys.map((key) => new BoxSealer(key));
  }

  /**
   * Sends a request with sealed secrets.
   * @param send sends the request with this box and idempotency key.
   * @returns undefined when auth has no key in common with this gateway. Nothing was done then.
   * @throws what `send` throws.
   */
  async ask<Reply extends object>(
    { secrets, about, nextKey }: SecretRequest,
    send: (box: SealedBox, idempotencyKey: string) => Promise<Reply | Unopened>,
  ): Promise<OpenedReply<Reply> | undefined> {
    for (const sealer of this.sealers) {
      const idempotencyKey = nextKey();
      const { box, answers } = await sealer.seal(secrets, about(idempotencyKey));
      const reply = await send(box, idempotencyKey);
      if (!('unopened' in reply)) return { reply, answers };
      this.logger.warn({ key: sealer.id }, 'auth could not open what was sealed to its key');
    }
    return undefined;
  }
}
