import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { CallError } from './call-error.js';

/**
 * Whether an address belongs to the public internet. Loopback, private, link-local and shared ones do not, nor do those through
 * which an IPv6 address means an IPv4 one, nor IPv6 addresses that nobody is given yet.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  const isGiven = parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_IPV6);
  return isGiven && parsed.range() === 'unicast';
}

/** 2000::/3, the only IPv6 addresses that IANA gives away as global ones. The rest holds `::127.0.0.1`, which is ::7f00:1. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

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
