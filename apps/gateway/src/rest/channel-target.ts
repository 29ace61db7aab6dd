import type { ChannelTarget } from '@parley/contracts';
import type { Caller } from './caller.js';

/** The channel that a path names: the general one has no name on the wire. */
export const channelNamed = (channelUUID: string): ChannelTarget =>
  channelUUID === 'general' ? {} : { channelUUID };

/** The private channel with the user that a path names. */
export const withUser = (userUUID: string, by: Caller): ChannelTarget => ({
  recipientUUID: userUUID === 'me' ? by.user.UUID : userUUID,
});
