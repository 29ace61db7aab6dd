import type { IncomingMessage } from 'node:http';
import { isIP, isIPv4 } from 'node:net';

/** What a proxy may write besides an address: brackets around an IPv6 address, and a port. */
const WITH_PORT = /^(?:\[([^\]]+)\](?::\d+)?|([^:]+):\d+)$/;

/**
 * The address of a client. Behind the one proxy in front it is the last entry of X-Forwarded-For, which the proxy itself saw;
 * the client may have made up those before it. Some proxies add the port (`1.2.3.4:5678`, `[::1]:99`), which is new with each
 * connection and would tell one address from itself. An entry that is no address counts as the proxy's.
 */
export function addressOf(request: IncomingMessage, trustProxy: boolean): string {
  const forwarded = trustProxy ? request.headers['x-forwarded-for'] : undefined;
  const last = forwarded?.toString().split(',').at(-1)?.trim().replaceAll('"', '') ?? '';
  const [, bracketed, beforePort] = WITH_PORT.exec(last) ?? [];
  const address = bracketed ?? (beforePort !== undefined && isIPv4(beforePort) ? beforePort : last);
  return isIP(address) === 0 ? (request.socket.remoteAddress ?? '') : address;
}
