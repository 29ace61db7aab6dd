import { type ChannelRef, GENERAL_CHANNEL, type Identity, privateChannel } from '@parley/contracts';

/** A channel as one of its users sees it: `recipientUUID` is the other user of a private one, empty otherwise. */
export interface Channel extends ChannelRef {
  readonly kind: 'general' | 'private';
}

/** The general channel, which looks the same to everybody. */
export const generalChannel: Channel = { kind: 'general', channelUUID: GENERAL_CHANNEL, recipientUUID: '' };

/** The private channel with `partner`, as `user` sees it; the two may be the same. */
export const privateChannelOf = (user: string, partner: string): Channel => ({
  kind: 'private',
  channelUUID: privateChannel(user, partner),
  recipientUUID: partner,
});

/** A private channel that is known by its id and its pair, as `user` sees it: without making the id again. */
export const privateChannelIn = (
  channelUUID: string,
  [one, other]: readonly [string, string],
  user: string,
): Channel => ({ kind: 'private', channelUUID, recipientUUID: one === user ? other : one });

/** Whether somebody else is concerned by what happens in a channel: not so in the general one and in notes to oneself. */
export const hasPartner = ({ recipientUUID }: Channel, { UUID }: Identity): boolean =>
  recipientUUID !== '' && recipientUUID !== UUID;
