import { Inject, Injectable } from '@nestjs/common';
import type { Message } from '@parley/protocol';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { groupBy } from '../group-by.js';
import { readMessages } from '../inbox/redis/read-messages.js';
import { ReadsRepository } from '../reads/reads.repository.js';
import { ChannelKeys } from '../redis/keys.js';
import type { ListedMessage } from './received.repository.js';

/** Messages that are read at once, at first and then: long ones end a page before many of them are read. */
const FIRST_GROUP = 10;
const GROWTH = 3;

/** A message as its recipient sees it now. */
export interface ShownMessage {
  readonly message: Message;
  readonly seen: boolean;
}

/** What was read of a part of a list. */
export interface ReadTexts {
  readonly shown: readonly ShownMessage[];
  /** The members of messages that are deleted or not kept any more. */
  readonly gone: readonly string[];
  /** The member of the last message that was looked at; undefined where the first one had no room. */
  readonly last: string | undefined;
  /** Bytes of the messages, about as the answer has them. */
  readonly size: number;
}

/** Where one list of messages is read, and how many bytes it may have. */
interface Reading {
  readonly userUUID: string;
  readonly bytes: number;
  /** Whether the first message is read in any case. */
  readonly mayBeLonger: boolean;
}

/**
 * Reads received messages from the logs of their channels. A message of a channel without changes costs one key and no command of its
 * own: one XREAD has many. What is not in the log, answers another message, or is of a channel with changes is read as a history shows
 * it. Rejects with Redis's errors.
 */
@Injectable()
export class ReceivedTexts {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
    private readonly reads: ReadsRepository,
  ) {}

  /** Reads messages in their order, as many as have room. */
  async read(listed: readonly ListedMessage[], reading: Reading): Promise<ReadTexts> {
    const shown: ShownMessage[] = [];
    const gone: string[] = [];
    let [size, last, next, group] = [0, undefined as string | undefined, 0, FIRST_GROUP];
    while (next < listed.length) {
      const asked = listed.slice(next, next + group);
      const texts = await this.textsOf(asked, reading.userUUID);
      for (const message of asked) {
        const text = texts.get(message.member);
        if (text === undefined) gone.push(message.member);
        else {
          size += Buffer.byteLength(text.json);
          const isFirst = shown.length === 0 && reading.mayBeLonger;
          if (size > reading.bytes && !isFirst) return { shown, gone, last, size };
          shown.push({ message: JSON.parse(text.json) as Message, seen: text.seen });
        }
        last = message.member;
      }
      next += asked.length;
      group *= GROWTH;
    }
    return { shown, gone, last, size };
  }

  /** The texts of messages by member; none for one that is gone. */
  private async textsOf(asked: readonly ListedMessage[], userUUID: string): Promise<Map<string, Text>> {
    const texts = await this.fromLogs(asked.filter(({ mayBeChanged }) => !mayBeChanged));
    const rest = asked.filter(({ member }) => !texts.has(member));
    const [jsons, readTo] = await Promise.all([this.asShown(rest, userUUID), this.readToIn(rest, userUUID)]);
    for (const message of rest) {
      const json = jsons.get(message.member);
      if (json === undefined || isTombstone(json)) continue;
      const { member, channelUUID, messageSeq, read } = message;
      texts.set(member, { json, seen: messageSeq <= (readTo.get(channelUUID) ?? read) });
    }
    return texts;
  }

  /** The messages that stand in the logs as they are shown. On a Cluster each log lies in a slot of its own. */
  private async fromLogs(messages: readonly ListedMessage[]): Promise<Map<string, Text>> {
    const steps = groupBy(messages, ({ channelUUID }) => (this.redis.isCluster ? channelUUID : ''));
    const entries = await Promise.all([...steps.values()].map((some) => this.entriesAfter(some)));
    const byPlace = new Map(entries.flat());
    const texts = new Map<string, Text>();
    for (const { member, UUID, channelUUID, messageSeq, read } of messages) {
      const json = byPlace.get(placeOf(this.keys.log(channelUUID), `${messageSeq}-0`));
      if (json === undefined || !json.startsWith(`{"UUID":"${UUID}"`) || json.includes(REPLY)) continue;
      texts.set(member, { json, seen: messageSeq <= read });
    }
    return texts;
  }

  /** The first entry of each log from the Seq of a message on, by its place. */
  private async entriesAfter(messages: readonly ListedMessage[]): Promise<[place: string, json: string][]> {
    const logs = messages.map(({ channelUUID }) => this.keys.log(channelUUID));
    const before = messages.map(({ messageSeq }) => `${messageSeq - 1}-0`);
    const found = (await this.redis.xread('COUNT', 1, 'STREAMS', ...logs, ...before)) ?? [];
    return found.flatMap(([log, entries]) =>
      entries.map(([id, [, json]]): [string, string] => [placeOf(log, id), json!]),
    );
  }

  /** Messages as their channels' histories show them, by member. */
  private async asShown(messages: readonly ListedMessage[], userUUID: string): Promise<Map<string, string>> {
    const steps = groupBy(messages, ({ channelUUID }) => (this.redis.isCluster ? channelUUID : ''));
    const jsons = new Map<string, string>();
    const read = async (some: readonly ListedMessage[]): Promise<void> => {
      const asked = { userUUID, messages: some, bytes: Number.MAX_SAFE_INTEGER };
      const found = await readMessages(this.redis, this.keys, asked);
      for (const [at, json] of found.entries()) if (json !== undefined) jsons.set(some[at]!.member, json);
    };
    await Promise.all([...steps.values()].map(read));
    return jsons;
  }

  /** The Seq up to which the user has read each channel with changes: there, a number of messages is none. */
  private async readToIn(messages: readonly ListedMessage[], userUUID: string): Promise<Map<string, number>> {
    const changed = messages.filter(({ mayBeChanged }) => mayBeChanged);
    const channels = [...new Set(changed.map(({ channelUUID }) => channelUUID))];
    const reads = await Promise.all(channels.map((channelUUID) => this.reads.of(channelUUID)));
    const ownIn = (at: number) => reads[at]?.find((each) => each.userUUID === userUUID)?.seq ?? 0;
    return new Map(channels.map((channelUUID, at) => [channelUUID, ownIn(at)]));
  }
}

interface Text {
  readonly json: string;
  readonly seen: boolean;
}

/** What an answer has in it: see message.lua. No text of a user can contain it. */
const REPLY = ',"replyTo":{"UUID":"';
const isTombstone = (json: string): boolean => json.includes(',"deletedAt":"');

const placeOf = (log: string, id: string): string => `${log} ${id}`;
