import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that an endpoint got. */
export interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly path: string;
}

/** How an endpoint answers. */
export type Answering = (request: Received, response: ServerResponse) => void;

/** An HTTP endpoint of a team, on this machine. Keeps what it gets. */
export class Endpoint {
  readonly received: Received[] = [];

  private constructor(
    private readonly server: ReturnType<typeof createServer>,
    /** How it answers from now on. */
    public answering: Answering,
  ) {
    server.on('request', (request, response) => void this.take(request, response));
  }

  static async open(answering: Answering): Promise<Endpoint> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Endpoint(server, answering);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${this.port}/hook`);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const headers = request.headers as Record<string, string>;
    const received = { headers, body: Buffer.concat(parts).toString(), path: request.url ?? '' };
    this.received.push(received);
    this.answering(received, response);
  }
}

/** Answers with JSON. */
export const withJson =
  (value: unknown, status = 200): Answering =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };
