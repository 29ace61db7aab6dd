import { Inject, Injectable } from '@nestjs/common';
import { aboutTokenIdentity, type Identity, type TokenRef, type TokenSignInRequest } from '@parley/contracts';
import { barred, firstBar, SESSION_STORE, type SessionStore } from '../session-store.js';
import { SignInMethods } from '../sign-in-methods.js';
import { BroughtTokens } from './brought-tokens.js';
import { EXTERNAL_STORE, type ExternalStore, externalId } from './external-store.js';
import { ExternalUsers } from './external-users.js';
import { Revocations } from './revocations.js';
import { wrongToken } from './token-verifier.js';

/**
 * The rules of requests that bring a token and open no session. Such a token is checked once, and then known by what was found in it:
 * whether it is still taken costs two reads, and is asked for every request.
 */
@Injectable()
export class TokenIdentities {
  constructor(
    private readonly methods: SignInMethods,
    private readonly tokens: BroughtTokens,
    private readonly users: ExternalUsers,
    private readonly revocations: Revocations,
    @Inject(EXTERNAL_STORE) private readonly store: ExternalStore,
    @Inject(SESSION_STORE) private readonly sessions: SessionStore,
  ) {}

  /**
   * Checks a token. A user who is not known yet is created, and one whom the identity provider has renamed is renamed.
   * @param requestKey names the request: the same each time it is handled, and different for every other request.
   * @throws AppError as {@link BroughtTokens.take}; FORBIDDEN also for a deleted account.
   * @throws UnopenedError as {@link BroughtTokens.take}
   */
  async identify(request: TokenSignInRequest, requestKey: string): Promise<TokenRef> {
    const about = aboutTokenIdentity(request.address, requestKey);
    const { token } = await this.tokens.take(request, about, requestKey);
    const { user } = await this.users.ensure(token, requestKey);
    const { issuedAt, expiresAt } = token;
    return { userUUID: user.UUID, externalId: externalId(token), issuedAt, expiresAt };
  }

  /**
   * Whose a token is that was identified before.
   * @returns null where it is no longer that user's, after a purge: it has to be identified again.
   * @throws AppError WRONG_TOKEN if it has expired or was revoked; FORBIDDEN if the user is barred, or nobody signs in with a token.
   */
  async open({ userUUID, externalId: id, issuedAt, expiresAt }: TokenRef): Promise<Identity | null> {
    this.methods.require('token');
    if (expiresAt <= Date.now()) throw wrongToken('it has expired');
    const [stored, bars] = await Promise.all([this.store.find(id), this.sessions.bars(userUUID)]);
    if (stored?.deletedAt !== undefined) throw barred('deleted');
    this.revocations.refuseIn(stored, { issuedAt });
    // Before the bars: a user who was purged stays barred.
    if (stored?.userUUID !== userUUID || stored.username === undefined) return null;
    const bar = firstBar(bars);
    if (bar !== undefined) throw barred(bar);
    return { UUID: userUUID, Username: stored.username };
  }
}
