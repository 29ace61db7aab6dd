import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { register } from 'prom-client';
import type { Readiness } from './readiness.js';

/** Connections at a time: a Prometheus or two, and a person. Further ones are cut. */
const MAX_CONNECTIONS = 64;
/** How long a request may take to arrive, in milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;

/** Answers a request of an operator's browser. @returns whether it does: otherwise the request is none of its. */
export type OperatorPages = (request: IncomingMessage, response: ServerResponse) => boolean;

/** What one request gets. */
interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/**
 * Serves what only operators may see: metrics, and what this process lacks to be ready. It has a port of its own, so that no
 * proxy in front of the clients' port can lead to it, however it decodes a path.
 */
export class MetricsServer {
  private readonly server: Server;

  /** @param pages what is served besides. */
  constructor(
    private readonly readiness: Readiness,
    private readonly pages: OperatorPages = () => false,
  ) {
    const options = { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS };
    this.server = createServer(options, (request, response) => void this.answer(request, response));
    this.server.maxConnections = MAX_CONNECTIONS;
  }

  /**
   * Listens on a port of its own, even where processes of a `node:cluster` share the others.
   * @returns the port.
   * @throws Error with `code` EADDRINUSE if the port is taken.
   */
  listen(port: number, host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ port, host, exclusive: true }, () => {
        this.server.off('error', reject);
        resolve((this.server.address() as { port: number }).port);
      });
    });
  }

  /** Ends the connections, too. */
  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.pages(request, response)) return;
    const { status, type, body } = await this.page(request).catch(() => text(500, 'No answer'));
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  private async page({ method, url = '' }: IncomingMessage): Promise<Page> {
    if (method !== 'GET' && method !== 'HEAD') return text(405, 'Only GET and HEAD');
    switch (url.split('?', 1)[0]) {
      case '/metrics':
        return { status: 200, type: register.contentType, body: await register.metrics() };
      case '/health/live':
        return json(200, { status: 'ok' });
      case '/health/ready': {
        const failing = await this.readiness.failing();
        return failing.length === 0
          ? json(200, { status: 'ok' })
          : json(503, { status: 'unavailable', failing });
      }
      default:
        return text(404, 'Not found');
    }
  }
}

const text = (status: number, body: string): Page => ({ status, type: 'text/plain', body });
const json = (status: number, body: object): Page => ({
  status,
  type: 'application/json',
  body: JSON.stringify(body),
});
