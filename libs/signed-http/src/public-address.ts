import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { CallError } from './call-error.js';

/**
 * Whether an address belongs to the public internet. Loopback, private, link-local and shared ones do not, nor do those through
 * which an IPv6 address means an IPv4 one.
 */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === 'unicast';
}

/** Whether the host of a URL is an address itself that is not public: nobody looks such a host up. */
export function namesPrivateAddress({ hostname }: URL): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(host) !== 0 && !isPublicAddress(host);
}

/**
 * Looks a host up for the connection that is being opened, and refuses it where one of its addresses is not public. What is
 * checked is what is connected to, so that a name that means another address a moment later opens nothing.
 */
export const publicLookup = (lookup: typeof systemLookup = systemLookup): LookupFunction =>
  ((hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) return callback(error ?? notFound(hostname), '', 0);
      if (!addresses.every(({ address }) => isPublicAddress(address)))
        return callback(new CallError('address'), '', 0);
      if (options.all === true) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  }) as LookupFunction;

const notFound = (hostname: string): Error => new Error(`no address for ${hostname}`);
