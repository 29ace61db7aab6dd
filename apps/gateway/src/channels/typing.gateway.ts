import { ConnectedSocket, MessageBody, SubscribeMessage } from '@nestjs/websockets';
import type { RequestOf, ServerFrameOf } from '@parley/protocol';
import { FrameGateway } from '../frames/frame-gateway.decorator.js';
import type { Connection } from '../socket/connection.js';
import { Typing } from './typing.js';

/** Who is writing. */
@FrameGateway()
export class TypingGateway {
  constructor(private readonly typing: Typing) {}

  /** Answered only if the sender asked for it by an id. */
  @SubscribeMessage('typing')
  async type(
    @ConnectedSocket() connection: Connection,
    @MessageBody() { id, typing }: RequestOf<'typing'>,
  ): Promise<ServerFrameOf<'typing'> | undefined> {
    const answer = await this.typing.type(connection, typing);
    return id === undefined ? undefined : answer;
  }
}
