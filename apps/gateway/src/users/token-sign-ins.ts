import {
  type AuthContract,
  aboutKeySignIn,
  aboutTokenDeletion,
  aboutTokenIdentity,
  aboutTokenRefresh,
  aboutTokenSignIn,
  type Identity,
  type KeySignInReply,
  type SessionRef,
  type TokenLife,
  type TokenRef,
} from '@parley/contracts';
import { AppError, isApiKey, type ServerFrameOf } from '@parley/protocol';
import type { ServiceClient } from '@parley/service-kit';
import type { Connection } from '../socket/connection.js';
import type { OpenedReply, SealedRequests } from './sealed-requests.js';
import type { Sessions } from './sessions.js';

/** A token, and who brings it. */
export interface BroughtToken {
  readonly token: string;
  /** The client's address, for throttling. */
  readonly address: string;
}

/**
 * Signs connections in with tokens of the team's own identity provider. A token leaves this process only sealed to a key of auth,
 * which alone reads it. An auth of the release before answers UNAVAILABLE.
 */
export class TokenSignIns {
  constructor(
    private readonly auth: Pick<ServiceClient<AuthContract>, 'ask'>,
    private readonly sealed: SealedRequests,
    private readonly sessions: Pick<Sessions, 'begin'>,
  ) {}

  /**
   * Signs a connection in until the token expires, or the key of a bot. Once it is accepted, an earlier user is signed off first.
   * @throws AppError what auth answers; UNAVAILABLE when it has no key in common with this gateway.
   */
  async signIn(connection: Connection, token: string): Promise<ServerFrameOf<'authorized'>> {
    const { address } = connection;
    return this.sessions.begin(connection, await this.open({ token, address }, () => connection.nextKey()));
  }

  /**
   * Opens a session that ends with the token, or with the key of a bot.
   * @param nextKey gives the next idempotency key.
   * @returns auth's answer with the access key in clear.
   * @throws AppError as {@link signIn}
   */
  async open({ token, address }: BroughtToken, nextKey: () => string): Promise<KeySignInReply> {
    const ofBot = isApiKey(token);
    const about = (key: string) => (ofBot ? aboutKeySignIn : aboutTokenSignIn)(address, key);
    const pattern = ofBot ? 'auth.signInByKey' : 'auth.signInByToken';
    const { reply, answers } = required(
      await this.sealed.ask<KeySignInReply>(
        { secrets: { token }, about, nextKey },
        (secrets, idempotencyKey) => this.auth.ask(pattern, { address, secrets }, { idempotencyKey }),
      ),
    );
    return { ...reply, accessKey: answers.open(reply.accessKey) };
  }

  /**
   * Says whose a token is, and opens no session. A user who is not known yet is created.
   * @param nextKey gives the next idempotency key.
   * @throws AppError as {@link signIn}
   */
  async identify({ token, address }: BroughtToken, nextKey: () => string): Promise<TokenRef> {
    const about = (key: string) => aboutTokenIdentity(address, key);
    const { reply } = required(
      await this.sealed.ask<TokenRef>({ secrets: { token }, about, nextKey }, (secrets, idempotencyKey) =>
        this.auth.ask('auth.identifyByToken', { address, secrets }, { idempotencyKey }),
      ),
    );
    return reply;
  }

  /**
   * Lets the connection's session, and this connection, go on until a newer token expires.
   * @throws AppError as {@link signIn}
   */
  async refresh(connection: Connection, token: string): Promise<ServerFrameOf<'refresh'>> {
    const session = connection.signedIn();
    const life = await this.extended(connection, session, token);
    connection.limitTo(life.remainingMs);
    const expiresAt = new Date(life.expiresAt).toISOString();
    return { type: 'refresh', refresh: { userUUID: session.userUUID, expiresAt } };
  }

  /**
   * Deletes the account of a user, whom a fresh token names.
   * @param nextKey gives the next idempotency key.
   * @throws AppError as {@link signIn}; WRONG_TOKEN also for another user's token, FORBIDDEN for one that is not fresh.
   */
  async deleteAccount(
    user: Identity,
    { token, address }: BroughtToken,
    nextKey: () => string,
  ): Promise<void> {
    const asking = { user, address };
    const about = (key: string) => aboutTokenDeletion(asking, key);
    required(
      await this.sealed.ask<Record<string, never>>(
        { secrets: { token }, about, nextKey },
        (secrets, idempotencyKey) =>
          this.auth.ask('auth.deleteAccountByToken', { ...asking, secrets }, { idempotencyKey }),
      ),
    );
  }

  private async extended(
    connection: Connection,
    { userUUID, sessionId }: SessionRef,
    token: string,
  ): Promise<TokenLife> {
    const asking = { userUUID, sessionId, address: connection.address };
    const about = (key: string) => aboutTokenRefresh(asking, key);
    const { reply } = required(
      await this.sealed.ask<TokenLife>(
        { secrets: { token }, about, nextKey: () => connection.nextKey() },
        (secrets, idempotencyKey) =>
          this.auth.ask('auth.refreshToken', { ...asking, secrets }, { idempotencyKey }),
      ),
    );
    return reply;
  }
}

function required<Reply>(opened: OpenedReply<Reply> | undefined): OpenedReply<Reply> {
  if (opened === undefined) throw new AppError('UNAVAILABLE');
  return opened;
}
