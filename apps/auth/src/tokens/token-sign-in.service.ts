import { Inject, Injectable } from '@nestjs/common';
import {
  aboutTokenRefresh,
  aboutTokenSignIn,
  type SessionRef,
  type TokenLife,
  type TokenRefreshRequest,
  type TokenSignInReply,
  type TokenSignInRequest,
} from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { SessionStart } from '../session-start.js';
import { SESSION_STORE, type SessionStore } from '../session-store.js';
import { BroughtTokens } from './brought-tokens.js';
import { ExternalUsers } from './external-users.js';
import { Revocations } from './revocations.js';
import { wrongToken } from './token-verifier.js';

/** The rules of signing in with a token of the team's own identity provider. */
@Injectable()
export class TokenSignInService {
  constructor(
    private readonly tokens: BroughtTokens,
    private readonly users: ExternalUsers,
    private readonly revocations: Revocations,
    private readonly starts: SessionStart,
    @Inject(SESSION_STORE) private readonly sessions: SessionStore,
  ) {}

  /**
   * Opens a session that ends when the token expires. A user who is not known yet is created.
   * @param requestKey names the request: the same each time it is handled, and different for every other request.
   * @throws AppError as {@link BroughtTokens.take}; FORBIDDEN also for an account that is barred or deleted.
   * @throws UnopenedError as {@link BroughtTokens.take}
   */
  async signIn(request: TokenSignInRequest, requestKey: string): Promise<TokenSignInReply> {
    const about = aboutTokenSignIn(request.address, requestKey);
    const { opened, token } = await this.tokens.take(request, about, requestKey);
    const { user, created } = await this.users.ensure(token, requestKey);
    const { sessionId, accessKey } = await this.starts.begin(user, opened, token.expiresAt);
    await this.revocations.refuse(token).catch(async (error) => {
      // Revoked meanwhile, which may have ended the user's sessions before this one began.
      await this.starts.end({ userUUID: user.UUID, sessionId });
      throw error;
    });
    const { expiresAt } = token;
    return { user, sessionId, accessKey, created, token: { expiresAt, remainingMs: expiresAt - Date.now() } };
  }

  /**
   * Lets a session go on until a newer token of its user expires.
   * @returns until when it goes on.
   * @throws AppError as {@link signIn}; WRONG_TOKEN also for another user's; SESSION_EXPIRED; FORBIDDEN if no token began the session.
   * @throws UnopenedError as {@link signIn}.
   */
  async refresh(request: TokenRefreshRequest, requestKey: string): Promise<TokenLife> {
    const about = aboutTokenRefresh(request, requestKey);
    const { token } = await this.tokens.take(request, about, requestKey);
    const { user } = await this.users.find(token);
    if (user?.UUID !== request.userUUID) throw wrongToken('it is of another user');
    return this.extended(request, token.expiresAt);
  }

  private async extended({ userUUID, sessionId }: SessionRef, expiresAt: number): Promise<TokenLife> {
    const life = await this.sessions.refresh({ userUUID, sessionId }, expiresAt);
    if (life === undefined) throw new AppError('SESSION_EXPIRED');
    if (life === null) throw new AppError('FORBIDDEN', { message: 'No token began this session.' });
    return life;
  }
}
