import type { Target } from '@parley/client';

/** Names a channel: by its UUID, or as the client's requests do. `{}` is the general channel. */
export type ChannelRef = string | Target;

/** A channel's name in stores and in a `ChatStorage`: the same for each way to name it by the same UUID. */
export function keyOf(channel: ChannelRef): string {
  const { channelUUID, recipientUUID = '' } = targetOf(channel);
  return (channelUUID ?? `@${recipientUUID}`).toLowerCase();
}

/** What a request names the channel by. The empty string is the general channel. */
export function targetOf(channel: ChannelRef): Target {
  if (typeof channel !== 'string') return channel;
  if (channel === '') return {};
  return channel.startsWith('@') ? targetOfName(channel.slice(1)) : { channelUUID: channel };
}

const targetOfName = (recipientUUID: string): Target => (recipientUUID === '' ? {} : { recipientUUID });
