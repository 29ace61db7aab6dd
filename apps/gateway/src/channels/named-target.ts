import { type ChannelTarget, NO_EPOCH } from '@parley/contracts';
import { membershipIn } from '../delivery/membership.js';
import type { Connection } from '../socket/connection.js';

/**
 * The fields of a payload that name its channel. A private channel that nobody has written to is kept nowhere, so that its id
 * alone does not show whose it is: where the connection follows it, the partner that it named then is added. The channels
 * service checks the two against each other.
 */
export const namedTarget = (
  connection: Connection,
  { recipientUUID, channelUUID }: ChannelTarget,
): ChannelTarget => ({
  recipientUUID: recipientUUID || (channelUUID && partnerIn(connection, channelUUID)),
  channelUUID,
});

/**
 * The partner in a private channel that a connection follows and that nobody has written to. Undefined for any other
 * channel: that a partner exists is asked of the users service, which a channel that is kept does not need.
 */
export function partnerIn(connection: Connection, channelUUID: string): string | undefined {
  const membership = membershipIn(connection, channelUUID);
  if (membership?.epoch !== NO_EPOCH) return undefined;
  const { joined } = connection;
  return membership.recipientUUID ?? (joined?.channelUUID === channelUUID ? joined.recipientUUID : undefined);
}
