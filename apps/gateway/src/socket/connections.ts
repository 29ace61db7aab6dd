import { Injectable } from '@nestjs/common';
import type { Connection, Session } from './connection.js';

/** The connections of this gateway: all, those that are signed in, and those of one session. */
@Injectable()
export class Connections {
  readonly all = new Set<Connection>();
  /** Those that get `sys` frames. */
  readonly signedIn = new Set<Connection>();
  private readonly bySession = new Map<string, Set<Connection>>();

  /** Every session with connections here, once. */
  *sessions(): Generator<Session> {
    for (const connections of this.bySession.values()) {
      for (const { session } of connections) {
        if (session === undefined) continue;
        yield session;
        break;
      }
    }
  }

  /** From now on the end of the session concerns this connection. */
  link(sessionId: string, connection: Connection): void {
    const linked = this.bySession.get(sessionId);
    if (linked === undefined) this.bySession.set(sessionId, new Set([connection]));
    else linked.add(connection);
  }

  /** The end of the session no longer concerns this connection. */
  unlink(sessionId: string, connection: Connection): void {
    const linked = this.bySession.get(sessionId);
    if (linked?.delete(connection) && linked.size === 0) this.bySession.delete(sessionId);
  }

  /** Whether the session has not ended since this connection was linked to it. */
  isLinked(sessionId: string, connection: Connection): boolean {
    return this.bySession.get(sessionId)?.has(connection) ?? false;
  }

  /** Removes a session that has ended. @returns its connections. */
  takeSession(sessionId: string): Iterable<Connection> {
    const connections = this.bySession.get(sessionId) ?? [];
    this.bySession.delete(sessionId);
    return connections;
  }
}
