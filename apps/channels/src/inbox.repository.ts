import { Inject, Injectable } from '@nestjs/common';
import { inboxId, type LogHead, mayBePrivate, type ReaderEpoch } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { REDIS, TurnBatch } from '@parley/service-kit';
import {
  type Change,
  type Cursor,
  changeOf,
  changesIn,
  cursorOf,
  type InboxMessage,
  type InboxNote,
  type ReadPosition,
  runsOf,
} from './inbox/inbox-changes.js';
import { LogsRepository } from './logs.repository.js';
import { ReceivedSweeps, SWEPT_EVERY } from './received/received-sweeps.js';
import { appendInboxItems, type CursorTells, type StrayPlace } from './redis/append-inbox-items.js';
import { APPENDER, type Appender } from './redis/appender.js';
import { ChannelKeys } from './redis/keys.js';
import { type OpenedInbox, openInbox } from './redis/open-inbox.js';
import { HANDLED_MS, INBOX_POSTED_MS, RETENTION, type Retention } from './redis/retention.js';

/** Changes of inboxes that are made at once at most: about 2 ms of Redis's time, each in another inbox. */
export const CHANGES_AT_ONCE = 128;
/** How often a change is made whose place is of another epoch each time: one begins at a failover, not more often. */
const CHANGE_TRIES = 3;

/** Characters of a UUID: shorter fields of an inbox's meta are no places. */
const UUID_LENGTH = 36;

/** The inboxes in Redis. Rejects with Redis's errors. */
@Injectable()
export class InboxRepository {
  private readonly changing = new TurnBatch<Change, StrayPlace[] | Error>(
    (_, changes) => this.changeAll(changes),
    CHANGES_AT_ONCE,
  );

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
    @Inject(RETENTION) private readonly retention: Retention,
    @Inject(APPENDER) private readonly appender: Appender,
    private readonly logs: LogsRepository,
    @Inject(ReceivedSweeps) private readonly sweeps: Pick<ReceivedSweeps, 'start'>,
  ) {}

  /** Puts a message into its recipient's inbox and publishes the item, once per message. Those of one turn are one step. */
  async put(message: InboxMessage): Promise<void> {
    await this.change(message);
    const { recipient, channelUUID, stored } = message;
    if (mayBePrivate(channelUUID)) this.sweepAfter(recipient, stored);
  }

  /** Sweeps the list of received messages of a user soon, after some of the private messages that are added to it. */
  sweepAfter(recipient: string, { Seq }: Pick<InboxMessage['stored'], 'Seq'>): void {
    if (Seq % SWEPT_EVERY === 0) this.sweeps.start(recipient);
  }

  /** Puts any other item into a user's inbox and publishes it, once per record. */
  note(note: InboxNote): Promise<void> {
    return this.change(note);
  }

  /**
   * Notes that a user has read a channel up to a position. What that lowers, and with `moved` any move, is an item of the inbox. Works
   * when Redis is full, too.
   */
  async markSeen(
    user: string,
    channelUUID: string,
    position: ReadPosition,
    tells: CursorTells = 'lowered',
  ): Promise<void> {
    const { epoch, seq, number = seq } = position;
    if (number > 0)
      await this.change({ recipient: user, channelUUID, epoch, read: number, seq, tells, newest: 0 });
  }

  /** Where a user's inbox stands, and how many messages in which private channels the user has not read. */
  open(user: string, epoch?: ReaderEpoch): Promise<OpenedInbox> {
    return openInbox(this.redis, this.keys, { userUUID: user, epoch });
  }

  /**
   * The private channels in which a user has a place: about `most` of them at most, in no order. Read without a full look at
   * an inbox that has many.
   */
  async channelsOf(user: string, most: number): Promise<string[]> {
    const meta = this.keys.meta(inboxId(user));
    const found = new Set<string>();
    for (let cursor = '0'; ; ) {
      const [next, fields] = await this.redis.hscan(meta, cursor, 'COUNT', most);
      for (let at = 0; at < fields.length; at += 2)
        if (mayBePrivate(fields[at]!) && fields[at]!.length === UUID_LENGTH) found.add(fields[at]!);
      if (next === '0' || found.size >= most) return [...found].slice(0, most);
      cursor = next;
    }
  }

  /** Those of some users who are members of a group. */
  async membersAmong<User extends { readonly userUUID: string }>(
    channelUUID: string,
    users: readonly User[],
  ): Promise<User[]> {
    if (users.length === 0) return [];
    const roles = await this.redis.hmget(
      this.keys.members(channelUUID),
      ...users.map(({ userUUID }) => userUUID),
    );
    return users.filter((_, at) => roles[at] !== null);
  }

  /** On a Cluster, where each inbox lies in its own slot, one step changes one inbox. */
  private async change(change: Change, tries = CHANGE_TRIES): Promise<void> {
    const strays = await this.changing.add(this.appender.isCluster ? change.recipient : '', change);
    if (strays instanceof Error) throw strays;
    if ('item' in change) return;
    const stray = strays.find(({ channelUUID }) => channelUUID === change.channelUUID);
    if (stray === undefined) return;
    if (tries === 1) throw new Error('The place of a channel in an inbox was of another epoch each time.');
    await this.change(await this.inNewestEpoch(change, stray), tries - 1);
  }

  /** The positions of a change in the newest epoch of its channel, and what the place of another epoch has in common with it. */
  private async inNewestEpoch(change: InboxMessage | Cursor, stray: StrayPlace): Promise<Cursor> {
    const cursor = 'stored' in change ? cursorOf(change) : change;
    const { recipient, channelUUID, epoch, read, seq, tells, newest } = cursor;
    const [own, there] = await Promise.all(
      [epoch, stray.epoch].map((each) => this.logs.head(channelUUID, each)),
    );
    const common = (number: number) => Math.min(number, own!.commonNumber);
    return {
      ...{ recipient, channelUUID, tells, epoch: own!.head.epoch },
      ...{ read: common(read), seq: Math.min(seq, commonIn(own!.head)), newest: common(newest) },
      was: { epoch: stray.epoch, common: there!.commonNumber },
    };
  }

  private async changeAll(changes: readonly Change[]): Promise<(StrayPlace[] | Error)[]> {
    const runs = runsOf(changes);
    const outcomes = await appendInboxItems(this.appender, this.keys, {
      // A message that is sent again later is not put in again. The records of one that is live twice as long at least.
      postedMs: Math.min(INBOX_POSTED_MS, 2 * this.retention.clientUuidMs),
      handledMs: 2 * HANDLED_MS,
      keep: this.retention.inboxItems,
      changes: runs.map(changeOf),
    });
    const outcomeOf = new Map<Change, StrayPlace[] | Error>(
      runs.flatMap((run, at) => changesIn(run).map((change) => [change, outcomes[at]!] as const)),
    );
    return changes.map((change) => outcomeOf.get(change)!);
  }
}

/**
 * How far the log of the epoch that was asked for and the log of now are the same. Of an epoch that is unknown, what was before
 * the newest one is taken to be the same.
 */
const commonIn = ({ common, from }: LogHead): number => (common < 0 ? from : common);
