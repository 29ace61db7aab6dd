import { createHash, randomUUID } from 'node:crypto';
import type { Identity } from '@parley/contracts';
import { AppError, type KeyScope } from '@parley/protocol';
import { idempotencyKey, type RestOperationId } from '@parley/protocol/rest';
import type { Asker, AskingKey, RestRequest } from './rest-request.js';

/** Who asks, and by which keys the services recognise a write that is sent again. */
export class Caller {
  /** The `Idempotency-Key`, if there is one. */
  readonly idempotencyKey: string | undefined;

  /** @throws AppError INVALID_FIELD for an `Idempotency-Key` that is none. */
  constructor(
    private readonly operation: RestOperationId,
    private readonly request: Pick<RestRequest, 'headers' | 'params' | 'rest'>,
  ) {
    this.idempotencyKey = readKey(request.headers['idempotency-key']);
  }

  /** The client's address, for throttling. */
  get address(): string {
    return this.request.rest?.address ?? '';
  }

  /** @throws AppError NOT_SIGNED_IN where nobody is; FORBIDDEN for an operator's key that acts for nobody. */
  get user(): Identity {
    const { user } = this.asker;
    if (user === undefined) throw new AppError('FORBIDDEN');
    return user;
  }

  /** The key that was brought. @throws AppError FORBIDDEN for who has brought none. */
  get key(): AskingKey {
    const { key } = this.asker;
    if (key === undefined) throw new AppError('FORBIDDEN');
    return key;
  }

  /** What an operator's key may do; nobody else may do any of it. */
  get scopes(): readonly KeyScope[] {
    return this.asker.key?.scopes ?? [];
  }

  /** Says what the request is about, for the audit, where its path does not. */
  notes(about: string): void {
    if (this.request.rest !== undefined) this.request.rest.about = about;
  }

  /**
   * The session of the access key; undefined for a token or a key, which have none.
   * @throws AppError NOT_SIGNED_IN where nobody is signed in.
   */
  get sessionId(): string | undefined {
    return this.asker.sessionId;
  }

  private get asker(): Asker {
    const asker = this.request.rest?.asker;
    if (asker === undefined) throw new AppError('NOT_SIGNED_IN');
    return asker;
  }

  /**
   * The key of the request to a service. The same operation on the same object with the same `Idempotency-Key` has the same; without
   * one, each request has its own.
   * @param scope whose key it is, where nobody is signed in.
   */
  requestKey(...scope: readonly string[]): string {
    if (this.idempotencyKey === undefined) return `rest:${randomUUID()}`;
    const { user, key } = this.request.rest?.asker ?? {};
    const owner = user?.UUID ?? key?.id ?? '';
    const named = [owner, this.operation, this.request.params, this.idempotencyKey, ...scope];
    return `rest:${createHash('sha256').update(JSON.stringify(named)).digest('base64url')}`;
  }
}

function readKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const key = idempotencyKey.safeParse(header);
  if (key.success) return key.data;
  throw new AppError('INVALID_FIELD', { message: `Idempotency-Key: ${key.error.issues[0]!.message}` });
}
