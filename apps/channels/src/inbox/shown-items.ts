import type { RedisConnection } from '@parley/redis';
import { groupBy } from '../group-by.js';
import type { ChannelKeys } from '../redis/keys.js';
import { type ReferredMessage, readMessages } from './redis/read-messages.js';

/** Messages that are read for a page before their sizes are known; see `nextGroup` of log-read.lua. */
const FIRST_GROUP = 5;

/** An item of an inbox as it is stored, or as its reader sees it. */
export interface InboxEntry {
  readonly seq: number;
  readonly json: string;
}

/** An item without the message that it refers to. The JSON lacks its last brace. */
interface BareItem {
  readonly seq: number;
  readonly start: string;
  readonly refersTo: ReferredMessage | undefined;
}

/**
 * Items of inboxes refer to messages and hold none. What a reader sees of a message is read from its channel each time: a
 * deleted message is nowhere else. Rejects with Redis's errors.
 */
export class ShownItems {
  constructor(
    private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
  ) {}

  /**
   * The items with the messages as they are now, as many as have room. An item whose message is gone has none.
   * @param bytes of the items at most; the first one always fits.
   */
  async show(userUUID: string, items: readonly InboxEntry[], bytes: number): Promise<InboxEntry[]> {
    const shown: InboxEntry[] = [];
    let size = 0;
    while (shown.length < items.length) {
      const end = shown.length + groupSize(shown.length, size, bytes);
      const group = items.slice(shown.length, end).map(bareItem);
      const messages = await this.messagesOf(userUUID, group, bytes - size);
      for (const item of group) {
        if (item.refersTo !== undefined && !messages.has(item)) return shown;
        const json = withMessage(item, messages.get(item));
        size += Buffer.byteLength(json);
        if (shown.length > 0 && size > bytes) return shown;
        shown.push({ seq: item.seq, json });
      }
    }
    return shown;
  }

  /** The messages that items refer to. An item that has no room has no entry. On a Cluster, each channel is a step. */
  private async messagesOf(
    userUUID: string,
    items: readonly BareItem[],
    bytes: number,
  ): Promise<ReadonlyMap<BareItem, string | undefined>> {
    const { redis, keys } = this;
    const referring = items.filter(({ refersTo }) => refersTo !== undefined);
    const steps = groupBy(referring, (item) => (redis.isCluster ? item.refersTo!.channelUUID : ''));
    const found = new Map<BareItem, string | undefined>();
    const read = async (some: readonly BareItem[]): Promise<void> => {
      const messages = some.map(({ refersTo }) => refersTo!);
      const texts = await readMessages(redis, keys, { userUUID, messages, bytes });
      for (const [at, json] of texts.entries()) found.set(some[at]!, json);
    };
    await Promise.all([...steps.values()].map(read));
    return found;
  }
}

/** How many items to read next, when the `count` that were read have `size` bytes, and `room` is what all may have. */
function groupSize(count: number, size: number, room: number): number {
  return count === 0 ? FIRST_GROUP : Math.floor((Math.max(0, room - size) * count) / size) + 1;
}

/** What the version before stored has its message in it: it is read for as long as inboxes hold such items. */
function bareItem({ seq, json }: InboxEntry): BareItem {
  const { message, ...item } = JSON.parse(json) as StoredItem;
  if (message === undefined) return { seq, start: json.slice(0, -1), refersTo: referenceOf(item) };
  const { UUID, Seq: messageSeq } = message;
  const bare = { ...item, UUID, messageSeq };
  return { seq, start: JSON.stringify(bare).slice(0, -1), refersTo: bare };
}

interface StoredItem extends Partial<Omit<ReferredMessage, 'channelUUID'>> {
  readonly channelUUID: string;
  readonly message?: { readonly UUID: string; readonly Seq: number };
}

const referenceOf = ({ channelUUID, UUID, messageSeq }: StoredItem): ReferredMessage | undefined =>
  UUID === undefined || messageSeq === undefined ? undefined : { channelUUID, UUID, messageSeq };

const withMessage = ({ start }: BareItem, message: string | undefined): string =>
  message === undefined ? `${start}}` : `${start},"message":${message}}`;
