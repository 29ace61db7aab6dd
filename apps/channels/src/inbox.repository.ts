import { Inject, Injectable } from '@nestjs/common';
import { inboxId, type LogHead, type LogPosition, mayBePrivate, type ReaderEpoch } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { REDIS, TurnBatch } from '@parley/service-kit';
import { groupBy } from './group-by.js';
import { LogsRepository } from './logs.repository.js';
import {
  appendInboxItems,
  type CursorToMove,
  type InboxChange,
  type StrayPlace,
} from './redis/append-inbox-items.js';
import type { AppendedMessage } from './redis/append-messages.js';
import { APPENDER, type Appender } from './redis/appender.js';
import { ChannelKeys } from './redis/keys.js';
import type { CountedPosition } from './redis/log-state.js';
import { type OpenedInbox, openInbox } from './redis/open-inbox.js';
import {
  HANDLED_MS,
  INBOX_POSTED_MS,
  type MessageMark,
  memoryFor,
  RETENTION,
  type Retention,
  splitByMemory,
} from './redis/retention.js';

/** Changes of inboxes that are made at once at most: about 2 ms of Redis's time, each in another inbox. */
export const CHANGES_AT_ONCE = 128;
/** How often a change is made whose place is of another epoch each time: one begins at a failover, not more often. */
const CHANGE_TRIES = 3;

/** Characters of a UUID: shorter fields of an inbox's meta are no places. */
const UUID_LENGTH = 36;

/** A stored message for the inbox of a user, who may be offline. */
export interface InboxMessage {
  readonly recipient: string;
  readonly channelUUID: string;
  readonly mark: MessageMark;
  readonly stored: Pick<AppendedMessage, 'UUID' | 'Seq' | 'epoch' | 'follows'> &
    Partial<Pick<AppendedMessage, 'number'>>;
  /** The message as its channel holds it. */
  readonly json: string;
}

/** A position that a user has read up to. The version before did not say how many messages there are up to it. */
export type ReadPosition = LogPosition & Partial<Pick<CountedPosition, 'number'>>;

/** How far a user has read in a channel. */
type Cursor = CursorToMove & { readonly recipient: string };
type Change = InboxMessage | Cursor;

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
  ) {}

  /** Puts a message into its recipient's inbox and publishes the item, once per message. Those of one turn are one step. */
  put(message: InboxMessage): Promise<void> {
    return this.change(message);
  }

  /**
   * Notes that a user has read a channel up to a position. What that lowers is an item of the inbox. Works when Redis is
   * full, too.
   */
  async markSeen(user: string, channelUUID: string, position: ReadPosition): Promise<void> {
    const { epoch, seq, number = seq } = position;
    if (number > 0) await this.change({ recipient: user, channelUUID, epoch, read: number, seq, newest: 0 });
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

  /** On a Cluster, where each inbox lies in its own slot, one step changes one inbox. */
  private async change(change: Change, tries = CHANGE_TRIES): Promise<void> {
    const strays = await this.changing.add(this.appender.isCluster ? change.recipient : '', change);
    if (strays instanceof Error) throw strays;
    const stray = strays.find(({ channelUUID }) => channelUUID === change.channelUUID);
    if (stray === undefined) return;
    if (tries === 1) throw new Error('The place of a channel in an inbox was of another epoch each time.');
    await this.change(await this.inNewestEpoch(change, stray), tries - 1);
  }

  /** The positions of a change in the newest epoch of its channel, and what the place of another epoch has in common with it. */
  private async inNewestEpoch(change: Change, stray: StrayPlace): Promise<Cursor> {
    const { recipient, channelUUID, epoch, read, seq, newest } = 'json' in change ? cursorOf(change) : change;
    const [own, there] = await Promise.all(
      [epoch, stray.epoch].map((each) => this.logs.head(channelUUID, each)),
    );
    const common = (number: number) => Math.min(number, own!.commonNumber);
    return {
      ...{ recipient, channelUUID, epoch: own!.head.epoch },
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
      runs.flatMap((run, at) =>
        ('messages' in run ? run.messages : run.cursors).map((change) => [change, outcomes[at]!] as const),
      ),
    );
    return changes.map((change) => outcomeOf.get(change)!);
  }
}

type Run = { readonly messages: readonly InboxMessage[] } | { readonly cursors: readonly Cursor[] };

/** Changes of one kind in one inbox each: messages of one memory, and after all messages the cursors. */
function runsOf(changes: readonly Change[]): Run[] {
  const messages: InboxMessage[] = [];
  const [cursors, rebased]: [Cursor[], Cursor[]] = [[], []];
  for (const change of changes) {
    if ('json' in change) messages.push(change);
    else (change.was === undefined ? cursors : rebased).push(change);
  }
  const byUser = <One extends Change>(some: readonly One[]) =>
    some.length === 0 ? [] : [...groupBy(some, ({ recipient }) => recipient).values()];
  return [
    ...byUser(messages).flatMap((own) => splitByMemory(own).map((run) => ({ messages: run }))),
    ...[...byUser(cursors), ...byUser(rebased)].map((own) => ({ cursors: own })),
  ];
}

function changeOf(run: Run): InboxChange {
  if ('cursors' in run) return { recipient: run.cursors[0]!.recipient, cursors: run.cursors };
  const { messages } = run;
  const { recipient, mark } = messages[0]!;
  return {
    recipient,
    memory: memoryFor(mark),
    messages: messages.map((each) => ({
      record: recordOf(each.stored.UUID),
      channelUUID: each.channelUUID,
      epoch: each.stored.epoch,
      seq: each.stored.Seq,
      number: numberOf(each),
      read: readBy(each),
      UUID: each.stored.UUID,
      json: each.json,
    })),
  };
}

/** A message that follows one of its recipient's shows that the recipient has read up to that one. */
const readBy = (message: InboxMessage): number =>
  message.stored.follows === 'other' ? numberOf(message) - 1 : 0;

/** How many messages there are up to a message. The version before did not say: where it wrote, there were no changes. */
const numberOf = ({ stored: { number, Seq } }: InboxMessage): number => number ?? Seq;

/** The positions that a message moves. */
function cursorOf(message: InboxMessage): Cursor {
  const { recipient, channelUUID, stored } = message;
  const positions = { read: readBy(message), seq: stored.Seq - 1, newest: numberOf(message) };
  return { recipient, channelUUID, epoch: stored.epoch, ...positions };
}

/** A UUID in 22 characters. All text: ioredis writes a command of text alone faster than one with bytes in it. */
const recordOf = (UUID: string): string => Buffer.from(UUID.replaceAll('-', ''), 'hex').toString('base64url');

/**
 * How far the log of the epoch that was asked for and the log of now are the same. Of an epoch that is unknown, what was before
 * the newest one is taken to be the same.
 */
const commonIn = ({ common, from }: LogHead): number => (common < 0 ? from : common);
