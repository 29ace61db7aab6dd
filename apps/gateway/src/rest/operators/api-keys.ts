import { Inject, Injectable } from '@nestjs/common';
import {
  type AuthContract,
  apiKeyRef,
  type KeyUse,
  type OpenedKey,
  type UseOutcome,
} from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { clientOf, LOGGER, type Logger, type ServiceClient } from '@parley/service-kit';
import { Gathering } from '../../pacing/gathering.js';
import type { Asker } from '../rest-request.js';

/** What a key is brought for. */
export type UseOfKey = Omit<KeyUse, 'id' | 'proof'>;

/**
 * Knows callers by keys of operators and bots. Auth is asked for each request, about many in one, so that a key that was revoked opens
 * nothing any more. Only the hash of a key's secret leaves this process.
 */
@Injectable()
export class ApiKeys {
  private readonly opening: Gathering<KeyUse, OpenedKey>;
  private readonly settling: Gathering<UseOutcome, object>;

  constructor(
    @Inject(clientOf('auth')) auth: ServiceClient<AuthContract>,
    @Inject(LOGGER) private readonly logger: Pick<Logger, 'warn'>,
  ) {
    const { deadlineMs } = auth;
    this.opening = new Gathering<KeyUse, OpenedKey>({
      ...{ deadlineMs, delays: true },
      ask: (uses, within, settle) =>
        auth.askEach('auth.openKeys', { uses }, asking(uses.length, within, settle)),
    });
    this.settling = new Gathering<UseOutcome, object>({
      ...{ deadlineMs, delays: true },
      ask: (outcomes, within, settle) =>
        auth.askEach('auth.settleUses', { outcomes }, asking(outcomes.length, within, settle)),
    });
  }

  /**
   * Who brings a key, and as whom its use is done.
   * @throws AppError WRONG_TOKEN, FORBIDDEN, USER_NOT_FOUND, STORAGE_FULL
   */
  async open(key: string, use: UseOfKey): Promise<Asker> {
    const ref = apiKeyRef(key);
    if (ref === undefined) throw new AppError('WRONG_TOKEN', { message: 'The key is not valid.' });
    const { id, name, scopes, user, noted } = await this.opening.request({ ...ref, ...use });
    return { ...(user && { user }), key: { id, proof: ref.proof, name, scopes, ...(noted && { noted }) } };
  }

  /** Gives a use its outcome in the audit. Nobody waits for it: without one, it stays in the audit as unknown. */
  settle(outcome: UseOutcome): void {
    this.settling
      .request(outcome)
      .catch((error: unknown) =>
        this.logger.warn({ err: error }, 'could not note the outcome of an operation of a key'),
      );
  }
}

/** A repetition notes a use twice at worst; the entry without an outcome says nothing that is wrong. */
const asking = <Outcome>(
  count: number,
  deadlineMs: number,
  settle: (place: number, outcome: Outcome | AppError) => void,
) => ({
  ...{ count, deadlineMs, isRepeatable: true },
  take: settle,
});
