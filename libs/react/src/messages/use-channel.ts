import { useStores } from '../provider.js';
import { type ChannelRef, keyOf } from '../shared/channel-ref.js';
import type { Source } from '../shared/source.js';
import { useShared } from '../shared/use-shared.js';
import type { Feed } from './feed.js';
import { NO_READS } from './feed-channel.js';
import { type MessagesStatus, NO_MESSAGES } from './feed-view.js';

const uuidOf = (feed: Feed): Source<string | undefined> => feed.channel.uuid;
const readsOf = (feed: Feed) => feed.channel.reads;
const messagesOf = (feed: Feed) => feed.messages;

/** A channel that is followed. */
export interface ChannelView {
  /** Of a channel that is named by its partner, or by nothing: as soon as the server has said it. */
  readonly channelUUID: string | undefined;
  readonly status: MessagesStatus;
  /** The Seq up to which each member has read, by user. Empty for channels of more than 100 members. */
  readonly reads: ReadonlyMap<string, number>;
}

/** Follows a channel: its UUID, whether it is open, and how far its members have read. */
export function useChannel(channel: ChannelRef): ChannelView {
  const { feeds } = useStores();
  const key = keyOf(channel);
  const channelUUID = useShared(feeds, key, uuidOf, undefined);
  const reads = useShared(feeds, key, readsOf, NO_READS);
  const { status } = useShared(feeds, key, messagesOf, NO_MESSAGES);
  return { channelUUID, status, reads };
}
