import { createHash } from 'node:crypto';
import { clientNetwork } from '@parley/contracts';
import { usernameKey } from '@parley/protocol';

/** How many places of a user are known: the newest. */
export const PLACES_PER_USER = 8;
/** 72 bits: a place that looks like a known one by chance saves a stranger the slowing, and nothing more. */
const PLACE_BYTES = 9;

/**
 * Names the network from which a user signs in. It depends on the username, so that nobody can tell from what is stored
 * who shares a network.
 */
export function placeOf(username: string, address: string): string {
  return createHash('sha256')
    .update(`${usernameKey(username)}\n${clientNetwork(address)}`)
    .digest()
    .subarray(0, PLACE_BYTES)
    .toString('base64url');
}
