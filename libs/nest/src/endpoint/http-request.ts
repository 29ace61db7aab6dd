import type { VerifiedRequest } from '@parley/signed-http/signatures';

/** A request of Express or Fastify: the part of it that is used here. */
export interface HttpRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** What the body parser has made of the body. */
  readonly body?: unknown;
  /** The bytes of the body, if the app was made with `rawBody: true`. */
  readonly rawBody?: Uint8Array;
  /** What the signature vouches for, after the guard. */
  parley?: VerifiedRequest;
}
