import { Inject, Injectable } from '@nestjs/common';
import {
  type AuthContract,
  type Identity,
  type SessionEnded,
  type SessionEndReason,
  type SessionRef,
  type SignInReply,
  sessionOf,
  type TokenLife,
} from '@parley/contracts';
import {
  AppError,
  CLOSE_CODES,
  type Envelope,
  type RequestPayload,
  type ServerFrameOf,
} from '@parley/protocol';
import { clientOf, LOGGER, type Logger, type ServiceClient } from '@parley/service-kit';
import { Joins } from '../channels/joins.js';
import type { Gathering } from '../pacing/gathering.js';
import type { Connection, Session } from '../socket/connection.js';
import { Connections } from '../socket/connections.js';
import { type OpenedSession, openingOf } from './opening.js';
import { Presence } from './presence.js';
import { PresenceNews } from './presence-news.js';
import { SignIns } from './sign-ins.js';
import { signedInFrame } from './sys-broadcast.js';

/** How a connection is closed whose session ended for this reason. The client must not come back with its key. */
const CLOSED_WITH: Readonly<Record<SessionEndReason, readonly [code: number, reason: string]>> = {
  banned: [CLOSE_CODES.BANNED, 'banned'],
  ended: [CLOSE_CODES.SIGNED_OUT_EVERYWHERE, 'signed out'],
};

/** Signing in and out: which connection belongs to which session, and who is told of it. */
@Injectable()
export class Sessions {
  private readonly opening: Gathering<SessionRef, OpenedSession>;

  constructor(
    @Inject(clientOf('auth')) private readonly auth: ServiceClient<AuthContract>,
    private readonly presence: Presence,
    private readonly joins: Joins,
    private readonly connections: Connections,
    private readonly news: PresenceNews,
    private readonly signIns: SignIns,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.opening = openingOf(auth);
  }

  /** Signs a connection up or in by password. Once the password is accepted, an earlier user is signed off first. */
  async authorize(
    connection: Connection,
    type: 'signUp' | 'signIn',
    { username, password }: RequestPayload<'signUp'>,
  ): Promise<ServerFrameOf<'authorized'>> {
    const credentials = { username, password, address: connection.address };
    return this.begin(connection, await this.signIns.ask(type, credentials, () => connection.nextKey()));
  }

  /** Signs a connection in by a session that has just begun; its access key is in clear. An earlier user is signed off first. */
  async begin(
    connection: Connection,
    { user, sessionId, accessKey, token }: SignInReply & { readonly token?: TokenLife },
  ): Promise<ServerFrameOf<'authorized'>> {
    this.connections.link(sessionId, connection);
    const isFirst = await this.bindSession(connection, { user, userUUID: user.UUID, sessionId }, token);
    connection.afterAnswer(() => this.welcome(connection, user, isFirst));
    const expiresAt = token && { expiresAt: new Date(token.expiresAt).toISOString() };
    return { type: 'authorized', authorized: { userUUID: user.UUID, accessKey, ...expiresAt } };
  }

  /**
   * Signs a connection in by the pair of user and access key that any frame may carry. An invalid or dead pair
   * signs nobody in.
   */
  async admit(connection: Connection, { userUUID, accessKey }: Envelope): Promise<void> {
    const ref = accessKey === undefined ? undefined : sessionOf(accessKey);
    if (ref !== undefined && ref.userUUID === userUUID?.toLowerCase()) await this.signInBy(connection, ref);
  }

  /**
   * Signs a connection in by an access key; an earlier user is signed off first. A connection that is signed in by that
   * key already keeps what it follows.
   * @throws AppError SESSION_EXPIRED for a dead key.
   */
  async resume(connection: Connection, accessKey: string): Promise<Session> {
    const ref = sessionOf(accessKey);
    if (ref === undefined) throw new AppError('SESSION_EXPIRED');
    if (connection.session?.sessionId === ref.sessionId) return connection.session;
    if (!(await this.signInBy(connection, ref))) throw new AppError('SESSION_EXPIRED');
    return connection.signedIn();
  }

  /** Ends the connection's session everywhere. */
  async signOut(connection: Connection, session: Session): Promise<ServerFrameOf<'signOut'>> {
    const { userUUID, sessionId } = session;
    await this.endOwn(connection, session, () =>
      this.auth.ask('auth.signOut', { userUUID, sessionId }, { idempotencyKey: connection.nextKey() }),
    );
    return { type: 'signOut', signOut: { uuid: userUUID } };
  }

  /**
   * Asks for something that ends the connection's own session, and signs the connection out. It gets the answer: the event of
   * the session's end is for the others.
   */
  async endOwn<T>(connection: Connection, { sessionId, user }: Session, ask: () => Promise<T>): Promise<T> {
    this.connections.unlink(sessionId, connection);
    let reply: T;
    try {
      reply = await ask();
    } catch (error) {
      this.connections.link(sessionId, connection);
      throw error;
    }
    const isLast = await this.signOffOrClose(connection);
    if (isLast) connection.afterAnswer(() => this.news.departed(user));
    return reply;
  }

  /** Signs out every connection here of a session that has ended. With a reason, the connections are closed at once. */
  sessionEnded({ sessionId, reason }: Pick<SessionEnded, 'sessionId' | 'reason'>): void {
    for (const connection of this.connections.takeSession(sessionId)) {
      // Its frames stop now. The services are told in the connection's own queue.
      const { session } = connection;
      if (session !== undefined) this.news.dismiss(connection, session.userUUID);
      this.joins.silence(connection);
      // One that is just signing in by this session is refused as its session expired.
      if (reason !== undefined && session?.sessionId === sessionId) connection.close(...CLOSED_WITH[reason]);
      connection.enqueue(() => this.signedOutElsewhere(connection, sessionId));
    }
  }

  /** @returns whether the session is alive. */
  private async signInBy(connection: Connection, ref: SessionRef): Promise<boolean> {
    // Linked before the question, so that an end of the session in between is not missed.
    this.connections.link(ref.sessionId, connection);
    const { user, token } = await this.open(connection, ref);
    if (user === null) return false;
    const isFirst = await this.bindSession(connection, { ...ref, user }, token);
    this.news.admit(connection);
    if (isFirst) connection.afterAnswer(() => this.tellArrival(connection, user));
    return true;
  }

  private async open(connection: Connection, ref: SessionRef): Promise<OpenedSession> {
    let opened: OpenedSession = { user: null };
    try {
      opened = await this.opening.request(ref);
    } finally {
      if (opened.user === null) this.connections.unlink(ref.sessionId, connection);
    }
    return opened;
  }

  /** @returns whether that brought the user online. */
  private async bindSession(connection: Connection, session: Session, token?: TokenLife): Promise<boolean> {
    try {
      connection.claim(session.userUUID);
      const isSameUser = connection.session?.userUUID === session.userUUID;
      if (isSameUser) await this.joins.leaveAll(connection);
      else await this.changeUser(connection);
      const isFirst = (await this.presence.connect(connection, session.user)) && !isSameUser;
      if (connection.session !== undefined) this.connections.unlink(connection.session.sessionId, connection);
      connection.signIn(session, token?.remainingMs);
      if (!this.connections.isLinked(session.sessionId, connection)) await this.refuseEnded(connection);
      return isFirst;
    } catch (error) {
      this.connections.unlink(session.sessionId, connection);
      connection.dropClaim();
      throw error;
    }
  }

  private async refuseEnded(connection: Connection): Promise<never> {
    await this.signOffOrClose(connection);
    throw new AppError('SESSION_EXPIRED');
  }

  private welcome(connection: Connection, user: Identity, isFirst: boolean): void {
    this.news.admit(connection);
    // Told directly, for no budget may drop it: the demo's client learns from it who it is.
    if (isFirst) this.tellArrival(connection, user);
    else connection.tell(signedInFrame(user));
  }

  private tellArrival(connection: Connection, user: Identity): void {
    connection.tell(signedInFrame(user));
    this.news.arrived(user, connection.id);
  }

  private async changeUser(connection: Connection): Promise<void> {
    const { session } = connection;
    if (session !== undefined && (await this.signOff(connection, session))) this.news.departed(session.user);
  }

  private async signedOutElsewhere(connection: Connection, sessionId: string): Promise<void> {
    const { session } = connection;
    if (session?.sessionId !== sessionId) return;
    connection.tell({ type: 'signOut', signOut: { uuid: session.userUUID } });
    if (await this.signOffOrClose(connection)) this.news.departed(session.user);
  }

  /** If the services cannot be told, the connection is closed: its end is reported to them until they answer. */
  private async signOffOrClose(connection: Connection): Promise<boolean> {
    try {
      return await this.signOff(connection, connection.signedIn());
    } catch (error) {
      this.logger.warn({ err: error }, 'could not sign out a connection');
      // After the answer to the current frame.
      connection.enqueue(() => connection.close(CLOSE_CODES.GOING_AWAY));
      return false;
    }
  }

  /**
   * Leaves the channel and the session. When that fails, it can be done again.
   * @returns whether that took the user offline.
   */
  private async signOff(connection: Connection, session: Session): Promise<boolean> {
    this.news.dismiss(connection, session.userUUID);
    await this.joins.leaveAll(connection);
    const isLast = await this.presence.disconnect(connection, session.user);
    this.connections.unlink(session.sessionId, connection);
    connection.signOut();
    return isLast;
  }
}
