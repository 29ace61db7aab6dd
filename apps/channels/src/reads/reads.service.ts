import { Injectable } from '@nestjs/common';
import {
  type ChannelRef,
  type ChannelsContract,
  GENERAL_CHANNEL,
  type MemberRead,
  type ReplyOf,
  type RequestTo,
} from '@parley/contracts';
import { ChannelsService } from '../channels.service.js';
import { InboxService } from '../inbox.service.js';
import { ReadsRepository } from './reads.repository.js';

/** Positions in one answer at most, over all of its channels: about 256 KiB. */
export const READS_PER_ANSWER = 4_000;

/** The rules of reading: whose position moves, and who is told. */
@Injectable()
export class ReadsService {
  constructor(
    private readonly channels: ChannelsService,
    private readonly reads: ReadsRepository,
    private readonly inboxes: InboxService,
  ) {}

  /**
   * A user has read a channel up to `seq`: moves the position, never back and not beyond the newest entry, and tells the members of
   * a small channel, and the user's connections through the inbox. May be repeated after a crash.
   * @throws AppError as `ChannelsService.find`.
   */
  async read({
    user,
    target,
    seq,
  }: RequestTo<ChannelsContract, 'channels.read'>): Promise<ReplyOf<ChannelsContract, 'channels.read'>> {
    const channel = await this.channels.find(user, target);
    const { channelUUID } = channel;
    const read = await this.reads.move({ channelUUID, user: user.UUID, seq });
    if (read.number > 0) await this.inboxes.markSeen(user.UUID, channel, read, true);
    return { channelUUID, seq: read.seq, unread: read.unread };
  }

  /**
   * How far the members of channels have read, in their order: `undefined` for each that does not show it, and for those that have no room
   * in one answer. A client asks for these one by one.
   */
  async of(channels: readonly ChannelRef[]): Promise<(readonly MemberRead[] | undefined)[]> {
    const all = await Promise.all(channels.map((channel) => this.ofOne(channel)));
    let room = READS_PER_ANSWER;
    return all.map((reads) => {
      room -= reads?.length ?? 0;
      return room >= 0 ? reads : undefined;
    });
  }

  /** A private channel that nobody has written to is kept nowhere, and shows that nobody has read it. */
  private async ofOne({
    channelUUID,
    recipientUUID,
  }: ChannelRef): Promise<readonly MemberRead[] | undefined> {
    if (channelUUID === GENERAL_CHANNEL) return undefined;
    return (await this.reads.of(channelUUID)) ?? (recipientUUID === '' ? undefined : []);
  }
}
