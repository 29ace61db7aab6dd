import { ConnectedSocket, MessageBody, SubscribeMessage } from '@nestjs/websockets';
import { AppError, type RequestPayload, type ServerFrameOf } from '@parley/protocol';
import { Subscriptions } from '../channels/subscriptions.js';
import { FrameGateway } from '../frames/frame-gateway.decorator.js';
import type { Connection } from '../socket/connection.js';
import { Sessions } from './sessions.js';
import { TokenSignIns } from './token-sign-ins.js';

/** Signing up, in and out, with a password or a token, and resuming after a reconnect. */
@FrameGateway()
export class SessionGateway {
  constructor(
    private readonly sessions: Sessions,
    private readonly tokens: TokenSignIns,
    private readonly subscriptions: Subscriptions,
  ) {}

  @SubscribeMessage('signUp')
  signUp(
    @ConnectedSocket() connection: Connection,
    @MessageBody('signUp') credentials: RequestPayload<'signUp'>,
  ): Promise<ServerFrameOf<'authorized'>> {
    return this.sessions.authorize(connection, 'signUp', credentials);
  }

  @SubscribeMessage('signIn')
  signIn(
    @ConnectedSocket() connection: Connection,
    @MessageBody('signIn') credentials: RequestPayload<'signIn'>,
  ): Promise<ServerFrameOf<'authorized'>> {
    if ('token' in credentials) return this.tokens.signIn(connection, credentials.token);
    return this.sessions.authorize(connection, 'signIn', credentials);
  }

  @SubscribeMessage('refresh')
  refresh(
    @ConnectedSocket() connection: Connection,
    @MessageBody('refresh') { token }: RequestPayload<'refresh'>,
  ): Promise<ServerFrameOf<'refresh'>> {
    return this.tokens.refresh(connection, token);
  }

  @SubscribeMessage('signOut')
  signOut(@ConnectedSocket() connection: Connection): Promise<ServerFrameOf<'signOut'>> {
    const { session } = connection;
    if (session === undefined) throw new AppError('NOT_SIGNED_IN');
    return this.sessions.signOut(connection, session);
  }

  @SubscribeMessage('resume')
  async resume(
    @ConnectedSocket() connection: Connection,
    @MessageBody('resume') { accessKey, channels }: RequestPayload<'resume'>,
  ): Promise<ServerFrameOf<'resumed'>> {
    const { userUUID } = await this.sessions.resume(connection, accessKey);
    const resumed = await this.subscriptions.resume(connection, channels);
    return { type: 'resumed', resumed: { userUUID, channels: resumed } };
  }
}
