import { Injectable } from '@nestjs/common';
import type { ApiKeyRef, AuditKind, Identity, KeyUse, OpenedKey } from '@parley/contracts';
import { AppError, type KeyScope } from '@parley/protocol';
import { keyChecks } from '../metrics.js';
import { ApiKeyRepository } from './api-key.repository.js';
import { AuditRepository } from './audit.repository.js';
import { KnownUsers } from './known-users.js';
import type { ReadKey } from './redis/open-key.js';

/** The refusal of a key. One with a wrong secret looks like one that does not exist, or no longer exists. */
export const wrongKey = (why = 'The key is not valid.'): AppError =>
  new AppError('WRONG_TOKEN', { message: why });

/** The rules of what a key opens. It is asked for each request, so that a key that was revoked opens nothing any more. */
@Injectable()
export class KeyOpening {
  constructor(
    private readonly keys: ApiKeyRepository,
    private readonly audit: AuditRepository,
    private readonly users: KnownUsers,
  ) {}

  /**
   * Says what a key opens. A use of an operator's key is noted first, and that it was refused.
   * @throws AppError WRONG_TOKEN; FORBIDDEN for a key that may not do this, and for a user who is barred; USER_NOT_FOUND.
   */
  async open(use: KeyUse): Promise<OpenedKey> {
    const key = await this.prove(use);
    return key.bot === undefined ? this.openOperators(key, use) : this.openBots(key, use);
  }

  /** The key of who knows its secret. @throws AppError WRONG_TOKEN */
  async prove(ref: ApiKeyRef): Promise<ReadKey> {
    const key = await this.keys.prove(ref);
    const isExpired = key?.expiresAt !== undefined && key.expiresAt <= key.now;
    keyChecks.inc({ outcome: key !== undefined && !isExpired ? 'valid' : 'WRONG_TOKEN' });
    if (key === undefined) throw wrongKey();
    if (isExpired) throw wrongKey('The key has expired.');
    return key;
  }

  /** As {@link prove}, of an operator's key with a scope. @throws AppError also FORBIDDEN */
  async proveFor(ref: ApiKeyRef, scope: KeyScope): Promise<ReadKey> {
    const key = await this.prove(ref);
    const refusal = missing(key, scope);
    if (refusal !== undefined) throw refusal;
    return key;
  }

  /** Whose key it is. @throws AppError WRONG_TOKEN for one of no bot; FORBIDDEN for a bot that is barred or deleted. */
  async botOf({ bot }: ReadKey): Promise<Identity> {
    if (bot === undefined) throw wrongKey('The key of a bot is expected.');
    const user = await this.users.usableExternal(bot.externalId);
    if (user.UUID !== bot.userUUID) throw wrongKey();
    return user;
  }

  private async openBots(key: ReadKey, { scope, actAs }: KeyUse): Promise<OpenedKey> {
    const refusal = scope === undefined ? undefined : missing(key, scope);
    if (refusal !== undefined) throw refusal;
    if (actAs !== undefined) throw forbidden('The key of a bot acts for the bot alone.');
    const { id, name } = key;
    return { id, name, scopes: [], user: await this.botOf(key) };
  }

  private async openOperators(key: ReadKey, use: KeyUse): Promise<OpenedKey> {
    const { id, name, scopes } = key;
    const kind: AuditKind = use.actAs === undefined ? 'operations' : 'acts';
    const noted = { keyId: id, keyName: name, operation: use.operation, object: use.object };
    try {
      const refusal = refusalOf(key, use);
      if (refusal !== undefined) throw refusal;
      if (UNNOTED.has(use.operation)) return { id, name, scopes };
      const user = use.actAs && (await this.users.usable(use.actAs));
      const entry = await this.audit.note(kind, { ...noted, actAs: user?.UUID });
      return { id, name, scopes, ...(user && { user }), noted: { kind, entry } };
    } catch (error) {
      // What may be tried again was not done.
      if (error instanceof AppError && !error.retryable)
        await this.audit.note(kind, { ...noted, actAs: named(use), outcome: error.name });
      throw error;
    }
  }
}

/** The operator's page reads its figures every few seconds, which would push everything else out of the audit. They are of nobody. */
const UNNOTED: ReadonlySet<string> = new Set(['getStatus']);

const forbidden = (message: string): AppError => new AppError('FORBIDDEN', { message });

const missing = ({ scopes }: ReadKey, scope: KeyScope): AppError | undefined =>
  scopes.includes(scope) ? undefined : forbidden(`This needs a key with the scope ${scope}.`);

/** Why an operator's key may not do something, if it may not. */
function refusalOf(key: ReadKey, { scope, actAs }: KeyUse): AppError | undefined {
  if (scope === undefined && actAs === undefined)
    return forbidden('The key of an operator is nobody: Parley-Act-As names the user to act for.');
  if (scope !== undefined && actAs !== undefined)
    return forbidden('Nobody does this as a user: leave Parley-Act-As out.');
  return missing(key, scope ?? 'act');
}

/** Whom a use names who was not found, or not asked about. */
function named({ actAs }: KeyUse): string | undefined {
  if (actAs === undefined) return undefined;
  return 'userUUID' in actAs ? actAs.userUUID : `${actAs.issuer ?? ''}:${actAs.subject}`.slice(0, 256);
}
