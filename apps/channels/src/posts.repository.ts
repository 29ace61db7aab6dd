import { hash, randomUUID } from 'node:crypto';
import type { RedisConnection } from '@parley/redis';
import { TurnBatch } from '@parley/service-kit';
import type { Channel } from './channel.js';
import { groupBy } from './group-by.js';
import {
  type AppendableChannel,
  type AppendedMessage,
  type AppendOutcome,
  appendMessages,
} from './redis/append-messages.js';
import type { ChannelKeys } from './redis/keys.js';
import { HANDLED_MS, type MessageMark, memoryOf, type Retention, runsOf } from './redis/retention.js';

/** Messages that one script call appends at most: about 2 ms of Redis's time, each in a channel of its own. */
export const APPENDED_AT_ONCE = 64;
/** Characters (base64url) of the digest that a message is remembered by: 96 bits, in the space of a binary UUID. */
const RECORD_CHARACTERS = 16;

/** A message to be stored. */
export interface NewMessage {
  /** As the sender sees it. */
  readonly channel: Channel;
  readonly sender: string;
  readonly mark: MessageMark;
  /** See `messageBody`. */
  readonly body: string;
}

/** The messages of channels in Redis as they are written. Rejects with Redis's errors, or FORBIDDEN. */
export class PostsRepository {
  private readonly publish: 'PUBLISH' | 'SPUBLISH';
  private readonly appending = new TurnBatch<NewMessage, AppendOutcome>(
    (_, messages) => this.appendAll(messages),
    APPENDED_AT_ONCE,
  );

  constructor(
    private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
    private readonly retention: Retention,
  ) {
    this.publish = redis.isCluster ? 'SPUBLISH' : 'PUBLISH';
  }

  /**
   * Stores and publishes a message, once per mark; those of one turn in one step, on a Cluster those of one channel,
   * for there channels lie in slots of their own.
   */
  async append(message: NewMessage): Promise<AppendedMessage> {
    const step = this.redis.isCluster ? message.channel.channelUUID : '';
    const outcome = await this.appending.add(step, message);
    if ('error' in outcome) throw outcome.error;
    return outcome;
  }

  /** The JSON of a stored message; `undefined` when the channel does not hold it any more. */
  async find(channelUUID: string, { UUID, Seq }: AppendedMessage): Promise<string | undefined> {
    const [entry] = await this.redis.xrange(this.keys.log(channelUUID), Seq, Seq);
    const json = entry?.[1][1];
    // After a loss of entries its Seq may be another message's.
    return json?.startsWith(`{"UUID":"${UUID}"`) ? json : undefined;
  }

  private async appendAll(messages: readonly NewMessage[]): Promise<AppendOutcome[]> {
    const byChannel = groupBy(messages, ({ channel }) => channel.channelUUID);
    const runs = [...byChannel.values()].flatMap(runsOf);
    const outcomes = await appendMessages(this.redis, {
      postedMs: this.retention.clientUuidMs,
      handledMs: HANDLED_MS,
      keep: this.retention.messages,
      publish: this.publish,
      channels: runs.map((run) => this.appendableTo(run)),
    });
    const outcomeOf = new Map(runs.flat().map((message, at) => [message, outcomes[at]!]));
    return messages.map((message) => outcomeOf.get(message)!);
  }

  /** A channel with a run of its messages of one step. */
  private appendableTo(messages: readonly NewMessage[]): AppendableChannel {
    const { channel, sender, mark } = messages[0]!;
    const memory = memoryOf(mark);
    const { channelUUID, kind, recipientUUID } = channel;
    return {
      keys: {
        meta: this.keys.meta(channelUUID),
        log: this.keys.log(channelUUID),
        memory: this.keys[memory](channelUUID),
      },
      kind,
      one: kind === 'private' ? sender : '',
      other: recipientUUID,
      fresh: randomUUID(),
      frames: this.keys.frames(channelUUID),
      memory,
      messages: messages.map(appendable),
    };
  }
}

function appendable({ sender, mark, body }: NewMessage) {
  const name = 'clientUUID' in mark ? mark.clientUUID : mark.key;
  const record = hash('sha256', `${sender} ${name}`, 'base64url').slice(0, RECORD_CHARACTERS);
  return { sender, record, body };
}
