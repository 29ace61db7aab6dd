import { SubscribeMessage } from '@nestjs/websockets';
import type { ServerFrameOf } from '@parley/protocol';
import { FrameGateway } from '../frames/frame-gateway.decorator.js';
import type { Connection } from '../socket/connection.js';
import { Connections } from '../socket/connections.js';
import { Heartbeat } from '../socket/heartbeat.js';
import { LeaveTaking } from '../users/leave-taking.js';

/** Connections as such: their beginning, their end, and whether they are alive. */
@FrameGateway()
export class ConnectionGateway {
  constructor(
    private readonly connections: Connections,
    private readonly heartbeat: Heartbeat,
    private readonly leaveTaking: LeaveTaking,
  ) {}

  /** A connection has begun. */
  begin(connection: Connection): void {
    this.connections.all.add(connection);
    this.heartbeat.add(connection);
    connection.tell({
      type: 'ready',
      ready: { sessionUUID: connection.id },
    } satisfies ServerFrameOf<'ready'>);
  }

  /** A connection has ended, and its last frame is done. */
  async end(connection: Connection): Promise<void> {
    this.connections.all.delete(connection);
    this.heartbeat.remove(connection);
    await this.leaveTaking.connectionEnded(connection);
  }

  @SubscribeMessage('ping')
  ping(): ServerFrameOf<'pong'> {
    return { type: 'pong', pong: {} };
  }
}
