import { type ChannelRef, GENERAL_CHANNEL, privateChannel } from '@parley/contracts';

/** A channel as one of its users sees it: `recipientUUID` is the other user of a private one, empty otherwise. */
export interface Channel extends ChannelRef {
  readonly kind: 'general' | 'private' | 'group';
}

/** The general channel, which looks the same to every user. */
export const generalChannel: Channel = { kind: 'general', channelUUID: GENERAL_CHANNEL, recipientUUID: '' };

/** A group. Whether there is one with this id, and who is in it, the step says that reads or writes it. */
export const groupChannel = (channelUUID: string): Channel => ({
  kind: 'group',
  channelUUID,
  recipientUUID: '',
});

/** The private channel with `partner`, as `user` sees it. The two may be the same user. */
export const privateChannelOf = (user: string, partner: string): Channel => ({
  kind: 'private',
  channelUUID: privateChannel(user, partner),
  recipientUUID: partner,
});

/** A private channel whose id and pair are known, as `user` sees it. Does not compute the id again. */
export const privateChannelIn = (
  channelUUID: string,
  [one, other]: readonly [string, string],
  user: string,
): Channel => ({ kind: 'private', channelUUID, recipientUUID: one === user ? other : one });

/** Whether a channel has another user besides `user`: not the general channel, nor notes to oneself. */
export const hasPartner = ({ recipientUUID }: ChannelRef, user: string): boolean =>
  recipientUUID !== '' && recipientUUID !== user;
