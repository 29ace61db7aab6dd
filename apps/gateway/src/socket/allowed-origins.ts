import type { IncomingMessage } from 'node:http';

/**
 * Which web pages may open a WebSocket. A browser lets any page connect anywhere and names the page's origin, so that the
 * server can refuse: otherwise any website that a member looks at could talk to a chat inside the member's network. A
 * program names no origin, and connects.
 */
export class AllowedOrigins {
  private readonly listed: ReadonlySet<string> | undefined;

  /**
   * @param listed the origins; undefined: pages of the same host name, on any port.
   * @param trustProxy whether the proxy in front may name the host that the client asked for in X-Forwarded-Host.
   */
  constructor(
    listed: readonly string[] | undefined,
    private readonly trustProxy: boolean,
  ) {
    this.listed = listed && new Set(listed.map(canonical));
  }

  /** Whether the page that asks may connect. */
  admits({ headers }: IncomingMessage): boolean {
    const { origin } = headers;
    if (origin === undefined) return true;
    if (this.listed !== undefined) return this.listed.has('*') || this.listed.has(canonical(origin));
    const forwarded = this.trustProxy ? headers['x-forwarded-host']?.toString().split(',').at(-1) : undefined;
    const host = hostName(`http://${(forwarded ?? headers.host ?? '').trim()}`);
    return host !== undefined && host === hostName(origin);
  }
}

/** As browsers write it: in lower case, without the default port. */
function canonical(origin: string): string {
  const { protocol, host } = parsed(origin) ?? {};
  return host ? `${protocol}//${host}`.toLowerCase() : origin.toLowerCase();
}

/** Undefined unless it is an address of the web. */
function hostName(url: string): string | undefined {
  const { protocol, hostname } = parsed(url) ?? {};
  return (protocol === 'http:' || protocol === 'https:') && hostname ? hostname : undefined;
}

const parsed = (url: string): URL | undefined => (URL.canParse(url) ? new URL(url) : undefined);
