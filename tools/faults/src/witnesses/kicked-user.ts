import { isDeepStrictEqual } from 'node:util';
import type { ChatClient } from '@parley/client';
import type { ServerFrame } from '@parley/protocol';
import { newsEntryOf, newsIn } from '../ledger/log-entries.js';
import { chatClient } from '../traffic/chat-client.js';

/** What one subscription brought: `received` has the Seqs after `after`, in the order of arrival. */
export interface Stretch {
  readonly after: number;
  readonly received: number[];
}

/** One device of a user who is invited to a group and kicked again and again. It notes each entry of the group that arrives. */
export class KickedUser {
  readonly client: ChatClient;
  readonly stretches: Stretch[] = [];
  /** Seqs that came before any subscription. */
  readonly uninvited: number[] = [];

  constructor(
    urls: readonly string[],
    private readonly channelUUID: string,
  ) {
    this.client = chatClient(...urls);
    this.client.on('frame', (frame) => this.note(frame));
  }

  /** Follows the group from now on. */
  async follow(): Promise<void> {
    await this.client.subscribe({ channelUUID: this.channelUUID });
  }

  private note(frame: ServerFrame): void {
    if (frame.type === 'subscribed' && frame.subscribed.channelUUID === this.channelUUID) {
      this.stretches.push({ after: frame.subscribed.seq, received: [] });
      return;
    }
    const news = newsIn(frame);
    const entry =
      frame.type === 'channelMessage' ? frame.channelMessage : news === undefined ? news : newsEntryOf(news);
    if (entry?.ChannelUUID === this.channelUUID)
      (this.stretches.at(-1)?.received ?? this.uninvited).push(entry.Seq);
  }
}

/**
 * What is wrong with what arrived at a device: each subscription brings every entry from then on until the one that removes the user,
 * that one included, and none after it.
 * @param log the Seqs of all entries.
 * @param kicks the Seqs of those that remove the user; the device has followed once before each.
 */
export function deliveryFaults(
  { stretches, uninvited }: Pick<KickedUser, 'stretches' | 'uninvited'>,
  log: readonly number[],
  kicks: readonly number[],
): string[] {
  const faults = uninvited.length > 0 ? [`${uninvited} came before a subscription`] : [];
  if (stretches.length !== kicks.length)
    faults.push(`a device followed ${stretches.length} times, of ${kicks.length}`);
  for (const { after, received } of stretches) {
    const end = kicks.find((kick) => kick > after) ?? Number.POSITIVE_INFINITY;
    const expected = log.filter((seq) => seq > after && seq <= end);
    if (!isDeepStrictEqual(received, expected))
      faults.push(`who was kicked at ${end} got ${received} and not ${expected}`);
  }
  return faults;
}
