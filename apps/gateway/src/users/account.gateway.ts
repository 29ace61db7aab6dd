import { Inject } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage } from '@nestjs/websockets';
import { type AskingUser, type AuthContract, sessionUUIDOf } from '@parley/contracts';
import { CLOSE_CODES, type RequestPayload, type ServerFrameOf } from '@parley/protocol';
import { clientOf, ServiceClient } from '@parley/service-kit';
import { FrameGateway } from '../frames/frame-gateway.decorator.js';
import type { Connection } from '../socket/connection.js';
import { listedSessions } from './listed-sessions.js';
import { Proofs } from './proofs.js';
import { Sessions } from './sessions.js';
import { TokenSignIns } from './token-sign-ins.js';

/** The life of an account: its password, its sessions, its end. */
@FrameGateway()
export class AccountGateway {
  constructor(
    @Inject(clientOf('auth')) private readonly auth: ServiceClient<AuthContract>,
    private readonly sessions: Sessions,
    private readonly proofs: Proofs,
    private readonly tokens: TokenSignIns,
  ) {}

  @SubscribeMessage('passwordChange')
  async changePassword(
    @ConnectedSocket() connection: Connection,
    @MessageBody('passwordChange') { old, new: next }: RequestPayload<'passwordChange'>,
  ): Promise<ServerFrameOf<'passwordChange'>> {
    const secrets = { password: old, newPassword: next };
    const nextKey = () => connection.nextKey();
    const { ended } = await this.proofs.ask('auth.changePassword', askingUser(connection), secrets, nextKey);
    return { type: 'passwordChange', passwordChange: { ended } };
  }

  @SubscribeMessage('sessions')
  async list(@ConnectedSocket() connection: Connection): Promise<ServerFrameOf<'sessions'>> {
    const { userUUID, sessionId } = connection.signedIn();
    const { total, sessions } = await this.auth.ask('auth.listSessions', { userUUID });
    return { type: 'sessions', sessions: { total, sessions: listedSessions(sessions, sessionId) } };
  }

  @SubscribeMessage('sessionsEnd')
  async end(
    @ConnectedSocket() connection: Connection,
    @MessageBody('sessionsEnd') { sessionUUIDs }: RequestPayload<'sessionsEnd'>,
  ): Promise<ServerFrameOf<'sessionsEnd'>> {
    const session = connection.signedIn();
    const { userUUID, sessionId } = session;
    const options = { idempotencyKey: connection.nextKey() };
    const ask = () => this.auth.ask('auth.endSessions', { userUUID, sessionUUIDs }, options);
    const endsOwn = sessionUUIDs === undefined || sessionUUIDs.includes(sessionUUIDOf(sessionId));
    const { ended } = await (endsOwn ? this.sessions.endOwn(connection, session, ask) : ask());
    if (endsOwn) closeAfterAnswer(connection);
    return { type: 'sessionsEnd', sessionsEnd: { ended } };
  }

  @SubscribeMessage('accountDelete')
  async remove(
    @ConnectedSocket() connection: Connection,
    @MessageBody('accountDelete') proof: RequestPayload<'accountDelete'>,
  ): Promise<ServerFrameOf<'accountDelete'>> {
    const session = connection.signedIn();
    await this.sessions.endOwn(connection, session, () => this.askDeletion(connection, proof));
    closeAfterAnswer(connection);
    return { type: 'accountDelete', accountDelete: { uuid: session.userUUID } };
  }

  /** By the password, or, for a user who has none, by a fresh token of the identity provider. */
  private async askDeletion(connection: Connection, proof: RequestPayload<'accountDelete'>): Promise<void> {
    const asking = askingUser(connection);
    const nextKey = () => connection.nextKey();
    if ('token' in proof)
      await this.tokens.deleteAccount(asking.user, { ...proof, address: asking.address }, nextKey);
    else await this.proofs.ask('auth.deleteAccount', asking, proof, nextKey);
  }
}

function askingUser(connection: Connection): AskingUser {
  const { user, sessionId } = connection.signedIn();
  return { user, sessionId, address: connection.address };
}

const closeAfterAnswer = (connection: Connection): void =>
  connection.afterAnswer(() => connection.close(CLOSE_CODES.SIGNED_OUT_EVERYWHERE, 'signed out'));
