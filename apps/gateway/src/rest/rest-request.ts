import type { IncomingHttpHeaders } from 'node:http';
import type { ApiKeyRef, Identity, NotedUse } from '@parley/contracts';
import type { KeyScope } from '@parley/protocol';

/** A key that a caller has brought. */
export interface AskingKey extends ApiKeyRef {
  readonly name: string;
  /** Of an operator's key; a bot's has none. */
  readonly scopes: readonly KeyScope[];
  /** Where its use is noted, of an operator's key. */
  readonly noted?: NotedUse;
}

/** Who asks: as which user, and by which session or key. A token opens no session. */
export interface Asker {
  /** Absent where an operator's key acts for nobody. */
  readonly user?: Identity;
  readonly sessionId?: string;
  readonly key?: AskingKey;
}

/** What the hooks note about a request before its body is read. */
export interface RestNotes {
  /** Names the request in logs, and in the problem that answers it. */
  readonly id: string;
  /** The client's address, for throttling. */
  readonly address: string;
  /** Absent where nobody has to be signed in. */
  readonly asker?: Asker;
  /** The name of the error that the request is answered with. */
  failedWith?: string;
  /** Whether it is done, though the answer may not have arrived. */
  isDone?: boolean;
  /** Called when it is done or has failed, where who asked has gone before. */
  ended?: () => void;
  /** What the request is about, where its path does not say it. */
  about?: string;
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
