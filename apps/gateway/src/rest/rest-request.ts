import type { IncomingHttpHeaders } from 'node:http';
import type { Identity } from '@parley/contracts';

/** Who asks, and by which session; a token opens none. */
export interface Asker {
  readonly user: Identity;
  readonly sessionId?: string;
}

/** What the hooks note about a request before its body is read. */
export interface RestNotes {
  /** Names the request in logs, and in the problem that answers it. */
  readonly id: string;
  /** The client's address, for throttling. */
  readonly address: string;
  /** Absent where nobody has to be signed in. */
  readonly asker?: Asker;
}

/** A request as Fastify hands it to hooks, handlers and filters: the part of it that is used here. */
export interface RestRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly params: unknown;
  readonly query: unknown;
  body: unknown;
  /** The route that the router has found: no `url` where there is none. */
  readonly routeOptions?: { readonly url?: string | undefined; readonly config?: object };
  /** Absent outside the API. */
  rest?: RestNotes;
}
