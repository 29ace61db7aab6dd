import { type AuthContract, type Identity, type Sealer, type SessionRef, sessionOf } from '@parley/contracts';
import {
  AppError,
  CLOSE_CODES,
  type Envelope,
  type RequestPayload,
  type ServerFrameOf,
} from '@parley/protocol';
import type { Logger, ServiceClient } from '@parley/service-kit';
import type { Rooms } from '../channels/joins.js';
import { Gathering } from '../pacing/gathering.js';
import type { Connection, Session } from '../socket/connection.js';
import type { Connections } from '../socket/connections.js';
import type { Presence } from './presence.js';
import { type Everyone, signedInFrame, signedOutFrame } from './sys-broadcast.js';

/** Signing in and out: which connection belongs to which session, and who is told. */
export class Sessions {
  private readonly opening: Gathering<SessionRef, Identity | null>;

  constructor(
    private readonly auth: ServiceClient<AuthContract>,
    private readonly presence: Presence,
    private readonly rooms: Rooms,
    private readonly connections: Connections,
    private readonly everyone: Everyone,
    private readonly sealer: Sealer,
    private readonly logger: Logger,
  ) {
    this.opening = new Gathering({
      deadlineMs: auth.deadlineMs,
      rests: true,
      ask: async (sessions, deadlineMs) =>
        (await auth.ask('auth.openSessions', { sessions }, { deadlineMs })).users,
    });
  }

  /** Signs a connection up or in by password; another user of it is signed off first, once the password holds. */
  async authorize(
    connection: Connection,
    type: 'signUp' | 'signIn',
    { username, password }: RequestPayload<'signIn'>,
  ): Promise<ServerFrameOf<'authorized'>> {
    const request = { username, password: this.sealer.seal(password), address: connection.address };
    const { user, sessionId, accessKey } = await this.auth.ask(`auth.${type}`, request, {
      idempotencyKey: connection.nextKey(),
    });
    const session = { user, userUUID: user.UUID, sessionId };
    this.connections.link(sessionId, connection);
    const isFirst = await this.enter(connection, session);
    connection.afterAnswer(() => this.welcome(connection, user, isFirst));
    return {
      type: 'authorized',
      authorized: { userUUID: user.UUID, accessKey: this.sealer.open(accessKey) },
    };
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
   * Signs a connection in by an access key; another user of it is signed off first. What it follows stays when it is
   * signed in by that key already.
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
    const { userUUID, sessionId, user } = session;
    // This connection gets the answer; the event of the session's end is for the others.
    this.connections.unlink(sessionId, connection);
    try {
      await this.auth.ask('auth.signOut', { userUUID, sessionId }, { idempotencyKey: connection.nextKey() });
    } catch (error) {
      this.connections.link(sessionId, connection);
      throw error;
    }
    const isLast = await this.exitOrClose(connection);
    if (isLast) connection.afterAnswer(() => this.everyone.publish(signedOutFrame(user)));
    return { type: 'signOut', signOut: { uuid: userUUID } };
  }

  /** Signs out every connection here of a session that has ended. */
  sessionEnded({ sessionId }: Pick<SessionRef, 'sessionId'>): void {
    for (const connection of this.connections.takeSession(sessionId)) {
      // Its frames stop now; what has to be told to the services takes its turn.
      this.connections.signedIn.delete(connection);
      this.rooms.silence(connection);
      connection.enqueue(() => this.signedOutElsewhere(connection, sessionId));
    }
  }

  /** @returns whether the session lives. */
  private async signInBy(connection: Connection, ref: SessionRef): Promise<boolean> {
    // Linked before it is asked for: an end of the session that comes in between is not missed.
    this.connections.link(ref.sessionId, connection);
    const user = await this.open(connection, ref);
    if (user === null) return false;
    const isFirst = await this.enter(connection, { ...ref, user });
    this.connections.signedIn.add(connection);
    if (isFirst) connection.afterAnswer(() => this.everyone.publish(signedInFrame(user)));
    return true;
  }

  private async open(connection: Connection, ref: SessionRef): Promise<Identity | null> {
    let user: Identity | null = null;
    try {
      user = await this.opening.add(ref);
    } finally {
      if (user === null) this.connections.unlink(ref.sessionId, connection);
    }
    return user;
  }

  /** @returns whether the user came online by it. */
  private async enter(connection: Connection, session: Session): Promise<boolean> {
    try {
      const isSameUser = connection.session?.userUUID === session.userUUID;
      if (isSameUser) await this.rooms.leaveAll(connection);
      else await this.changeUser(connection);
      const isFirst = (await this.presence.connect(connection, session.user)) && !isSameUser;
      if (connection.session !== undefined) this.connections.unlink(connection.session.sessionId, connection);
      connection.session = session;
      if (!this.connections.isLinked(session.sessionId, connection)) await this.refuseEnded(connection);
      return isFirst;
    } catch (error) {
      this.connections.unlink(session.sessionId, connection);
      throw error;
    }
  }

  private async refuseEnded(connection: Connection): Promise<never> {
    await this.exitOrClose(connection);
    throw new AppError('SESSION_EXPIRED');
  }

  private welcome(connection: Connection, user: Identity, isFirst: boolean): void {
    const frame = signedInFrame(user);
    this.connections.signedIn.add(connection);
    // Told directly: the demo's client learns from it who it is, so that no budget may drop it.
    connection.tell(frame);
    if (isFirst) this.everyone.publish(frame, connection.id);
  }

  private async changeUser(connection: Connection): Promise<void> {
    const { session } = connection;
    if (session !== undefined && (await this.exit(connection, session)))
      this.everyone.publish(signedOutFrame(session.user));
  }

  private async signedOutElsewhere(connection: Connection, sessionId: string): Promise<void> {
    const { session } = connection;
    if (session?.sessionId !== sessionId) return;
    connection.tell({ type: 'signOut', signOut: { uuid: session.userUUID } });
    if (await this.exitOrClose(connection)) this.everyone.publish(signedOutFrame(session.user));
  }

  /** Where the services cannot be told, the connection is ended: its end tells them as often as it takes. */
  private async exitOrClose(connection: Connection): Promise<boolean> {
    try {
      return await this.exit(connection, connection.signedIn());
    } catch (error) {
      this.logger.warn({ err: error }, 'could not sign a connection out in order');
      // Behind the answer of the frame in hand.
      connection.enqueue(() => connection.close(CLOSE_CODES.GOING_AWAY));
      return false;
    }
  }

  /**
   * Leaves the channel and the session; when it fails it can be done again.
   * @returns whether the user went offline by it.
   */
  private async exit(connection: Connection, session: Session): Promise<boolean> {
    this.connections.signedIn.delete(connection);
    await this.rooms.leaveAll(connection);
    const isLast = await this.presence.disconnect(connection, session.user);
    this.connections.unlink(session.sessionId, connection);
    connection.session = undefined;
    return isLast;
  }
}
