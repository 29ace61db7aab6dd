import { isIPv6 } from 'node:net';

/** Groups of an IPv6 address that name the network; the client chooses the other half (RFC 4291, 2.5.1). */
const NETWORK_GROUPS = 4;

/**
 * Returns what an address is counted under: itself, or the /64 of an IPv6 address, because a client that has one of
 * these addresses has them all. An IPv4 address written as IPv6 counts as IPv4.
 */
export function clientNetwork(address: string): string {
  const withoutZone = address.split('%')[0]!;
  if (!isIPv6(withoutZone)) return address;
  const canonical = new URL(`http://[${withoutZone}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(canonical);
  if (mapped) return [mapped[1]!, mapped[2]!].flatMap(twoBytes).join('.');
  const [head = '', tail] = canonical.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail ? tail.split(':') : [];
  const gap = tail === undefined ? 0 : 8 - front.length - back.length;
  const groups = [...front, ...Array<string>(gap).fill('0'), ...back];
  return `${groups.slice(0, NETWORK_GROUPS).join(':')}::/64`;
}

const twoBytes = (group: string): number[] => {
  const value = Number.parseInt(group, 16);
  return [value >> 8, value & 0xff];
};
