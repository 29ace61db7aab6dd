import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { GENERAL_CHANNEL } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { REDIS, TurnBatch } from '@parley/service-kit';
import type { Channel } from './channel.js';
import { groupBy } from './group-by.js';
import { readMessages } from './inbox/redis/read-messages.js';
import { PostedReads } from './reads/posted-reads.js';
import {
  type AppendedMessage,
  appendMessages,
  type ChannelToAppendTo,
  type MessageToAppend,
} from './redis/append-messages.js';
import { APPENDER, type Appender, RETURN } from './redis/appender.js';
import { NEVER_LATE } from './redis/delivery.js';
import { ChannelKeys } from './redis/keys.js';
import {
  HANDLED_MS,
  type MessageMark,
  memoryFor,
  RETENTION,
  type Retention,
  recordOf,
  splitByMemory,
} from './redis/retention.js';
import { ChannelTrims } from './retention/channel-trims.js';

/** Messages that one script call appends at most: about 2 ms of Redis's time, each in another channel; more where it changes inboxes too. */
export const APPENDED_AT_ONCE = 64;

/** A message to store. */
export interface NewMessage {
  /** As the sender sees it. */
  readonly channel: Channel;
  readonly sender: string;
  readonly mark: MessageMark;
  /** See `messageBody`. */
  readonly body: string;
  /** When it may be stored at the latest, in ms by Redis's clock. */
  readonly deadline: number;
  /** The UUID of the message that it answers. */
  readonly replyTo?: string | undefined;
  /**
   * Whether the step that stores it also puts it into its recipient's inbox and moves its sender's cursor there, where both lie on one
   * node. Only for one in a private channel with a partner.
   */
  readonly tells?: boolean | undefined;
}

/** Writes the messages of channels to Redis. Rejects with Redis's errors, FORBIDDEN, MESSAGE_NOT_FOUND for what a message answers, or UNAVAILABLE when it is late. */
@Injectable()
export class PostsRepository implements BeforeApplicationShutdown {
  private readonly appending = new TurnBatch<NewMessage, AppendedMessage | undefined | Error>(
    (_, messages) => this.appendAll(messages),
    APPENDED_AT_ONCE,
  );
  private readonly postedReads: PostedReads;

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
    @Inject(RETENTION) private readonly retention: Retention,
    @Inject(APPENDER) private readonly appender: Appender,
    @Inject(ChannelTrims) private readonly trims: Pick<ChannelTrims, 'start'>,
  ) {
    this.postedReads = new PostedReads(redis, keys);
  }

  /** Writes what is noted of those who have posted. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.postedReads.write();
  }

  /**
   * Stores and publishes a message, once per mark. The messages of one turn are one step. On a Cluster, where each channel
   * lies in its own slot, those of one channel are.
   */
  async append(message: NewMessage): Promise<AppendedMessage> {
    const stored = (await this.ask(message))!;
    const { epoch, Seq: seq, number } = stored;
    // In other channels, the step that appends does it.
    if (message.channel.channelUUID === GENERAL_CHANNEL)
      this.postedReads.note(message.sender, { epoch, seq, number });
    return stored;
  }

  /** Whether a message is stored first and published after that. What is looked for is then published once more. */
  get publishesApart(): boolean {
    return this.appender.publish === RETURN;
  }

  /** What is stored for a mark, without storing anything; `undefined` for nothing, or nothing that is remembered. */
  recall(message: Omit<NewMessage, 'body' | 'deadline'>): Promise<AppendedMessage | undefined> {
    return this.ask({ ...message, body: '', deadline: NEVER_LATE.deadline });
  }

  /** A stored message as `reader` reads it now, as JSON; `undefined` when the channel no longer holds it. */
  async find(
    channelUUID: string,
    { UUID, Seq: messageSeq }: Pick<AppendedMessage, 'UUID' | 'Seq'>,
    reader = '',
  ): Promise<string | undefined> {
    const messages = [{ channelUUID, UUID, messageSeq }];
    const [json] = await readMessages(this.redis, this.keys, { userUUID: reader, messages, bytes: 0 });
    return json;
  }

  private async ask(message: NewMessage): Promise<AppendedMessage | undefined> {
    const slot = this.appender.isCluster ? message.channel.channelUUID : '';
    const stored = await this.appending.add(slot, message);
    if (stored instanceof Error) throw stored;
    return stored;
  }

  private async appendAll(messages: readonly NewMessage[]): Promise<(AppendedMessage | undefined | Error)[]> {
    const byChannel = groupBy(messages, ({ channel }) => channel.channelUUID);
    const runs = [...byChannel.values()].flatMap(splitByMemory);
    const results = await appendMessages(this.appender, this.keys, {
      postedMs: this.retention.clientUuidMs,
      handledMs: HANDLED_MS,
      keep: this.retention.messages,
      fanOut: this.retention.fanOutMembers,
      items: this.retention.inboxItems,
      channels: runs.map((run) => channelToAppendTo(run, !this.appender.isCluster)),
    });
    runs.flat().forEach(({ channel }, at) => {
      const result = results[at];
      if (!(result instanceof Error) && result?.isTrimDue) this.trims.start(channel.channelUUID);
    });
    const resultOf = new Map(runs.flat().map((message, at) => [message, results[at]]));
    return messages.map((message) => resultOf.get(message));
  }
}

/** A channel with one run of its messages. */
function channelToAppendTo(messages: readonly NewMessage[], isOneNode: boolean): ChannelToAppendTo {
  const { channel, sender, mark, tells = false } = messages[0]!;
  const { channelUUID, kind, recipientUUID } = channel;
  return {
    channelUUID,
    kind,
    one: kind === 'private' ? sender : '',
    other: recipientUUID,
    memory: memoryFor(mark),
    tells: tells && isOneNode,
    messages: messages.map(messageToAppend),
  };
}

function messageToAppend({ sender, mark, body, deadline, replyTo = '' }: NewMessage): MessageToAppend {
  const name = 'clientUUID' in mark ? mark.clientUUID : mark.key;
  return { sender, record: recordOf(sender, name), body, deadline, replyTo };
}
