import { randomUUID } from 'node:crypto';
import { inboxId } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { Script } from '@parley/redis';
import { blockedError } from '../blocks/blocked-error.js';
import { groupRefusal } from '../groups/redis/group-outcome.js';
import { memberEnd } from '../received/received-member.js';
import source from './append-messages.lua.js';
import type { Appender } from './appender.js';
import { lastMoment } from './delivery.js';
import type { ChannelKeys } from './keys.js';
import type { Memory } from './retention.js';

const script = new Script(source);

/** Messages for channels, and how long they are remembered at least and how many a channel keeps at least (0: all). */
export interface AppendMessages {
  /** For a message with a `clientUUID`. */
  readonly postedMs: number;
  /** For a message without one. */
  readonly handledMs: number;
  readonly keep: number;
  /** Members of a group at most whose messages concern every member's inbox. */
  readonly fanOut: number;
  /** Newest items that an inbox keeps at least. */
  readonly items: number;
  readonly channels: readonly ChannelToAppendTo[];
}

/** One of the channels, with messages of one memory. A channel with messages of both is given once for each run of them. */
export interface ChannelToAppendTo {
  readonly channelUUID: string;
  readonly kind: 'general' | 'private' | 'group';
  /** The two users of a private channel, empty otherwise. */
  readonly one: string;
  readonly other: string;
  readonly memory: Memory;
  /** Whether the inboxes of its two users are changed in the same step: of a private channel, and not on a Cluster. */
  readonly tells: boolean;
  readonly messages: readonly MessageToAppend[];
}

/** One of the messages. */
export interface MessageToAppend {
  readonly sender: string;
  readonly record: string;
  /** See `messageBody`. Empty: the message is only looked for. */
  readonly body: string;
  /** When it may be stored at the latest, in ms by Redis's clock. */
  readonly deadline: number;
  /** The UUID of the message that it answers, empty for none. */
  readonly replyTo: string;
}

/** The message as it is stored, by this call or by an earlier one with the same record. */
export interface AppendedMessage {
  /** An earlier call stored it, or this call did for an earlier message. */
  readonly duplicate: boolean;
  /** A duplicate that was stored an hour ago or earlier: its recipient's inbox has it. */
  readonly isOld: boolean;
  /** Whose the message before it in its private channel is. Unknown where that is not there, and in other channels for a duplicate. */
  readonly follows: 'own' | 'other' | 'unknown';
  /** The epoch that the Seq belongs to. */
  readonly epoch: string;
  readonly UUID: string;
  readonly Seq: number;
  /** How many messages the channel has up to this one: unread messages are counted by it. */
  readonly number: number;
  readonly CreatedAt: string;
  /** Whether the channel has what it keeps no longer, and is to be trimmed. */
  readonly isTrimDue: boolean;
  /** Whether it is in its recipient's inbox by the step that stored it. */
  readonly isTold: boolean;
  /** Whether it is noted in its sender's inbox, as far as that is needed, that the sender has read the channel up to it. */
  readonly isNoted: boolean;
  /** Of a small group: the members at that moment. Undefined for other channels. */
  readonly members?: readonly MemberToTell[] | undefined;
}

/** A member of a small group, and up to where the member had read it. */
export interface MemberToTell {
  readonly userUUID: string;
  readonly read: { readonly seq: number; readonly number: number };
}

/**
 * Stores and publishes messages, each once per record. Returns what is stored for each, in the order of the channels and
 * their messages, or why it is not: FORBIDDEN, BLOCKED, CHANNEL_NOT_FOUND, MESSAGE_NOT_FOUND for what it answers,
 * UNAVAILABLE where its deadline has passed, or Redis's error. `undefined` for one
 * that was only looked for and is not stored. Rejects with Redis's error for the whole.
 */
export async function appendMessages(
  appender: Appender,
  keys: ChannelKeys,
  { postedMs, handledMs, keep, fanOut, items, channels }: AppendMessages,
): Promise<(AppendedMessage | undefined | Error)[]> {
  const reply = await appender.append(
    script,
    channels.flatMap((channel) => keysOf(keys, channel)),
    [
      postedMs,
      handledMs,
      keep,
      appender.publish,
      fanOut,
      items,
      ...channels.flatMap((channel) => argsOf(appender, keys, channel)),
    ],
  );
  const texts = reply as Outcome[];
  let at = 0;
  return channels.flatMap(({ messages }) => {
    const outcomes = texts.slice(at, at + messages.length);
    at += messages.length;
    const members = outcomes.map(membersIn).find((found) => found !== undefined);
    return outcomes.map((outcome) => resultOf(typeof outcome === 'string' ? outcome : outcome[0], members));
  });
}

/** What became of a message: with the members of its group and how far each has read, where they are told. */
type Outcome = string | readonly [string, ...string[]];

function membersIn(outcome: Outcome): MemberToTell[] | undefined {
  if (typeof outcome === 'string') return undefined;
  const members: MemberToTell[] = [];
  for (let at = 1; at < outcome.length; at += 2) {
    const [seq, number] = outcome[at + 1]!.split(' ').map(Number) as [number, number];
    members.push({ userUUID: outcome[at]!, read: { seq, number } });
  }
  return members;
}

function keysOf(keys: ChannelKeys, { channelUUID, memory, tells, one, other }: ChannelToAppendTo): string[] {
  const inboxes = tells ? [keys.meta(inboxId(one)), keys.meta(inboxId(other))] : [];
  return [keys.meta(channelUUID), keys.log(channelUUID), ...keys.memory(channelUUID, memory), ...inboxes];
}

function argsOf(appender: Appender, keys: ChannelKeys, channel: ChannelToAppendTo): (string | number)[] {
  const { channelUUID, kind, one, other, memory, tells, messages } = channel;
  const fields = messages.flatMap(({ sender, record, body, deadline, replyTo }) => {
    return [sender, record, body, lastMoment(appender, deadline), replyTo];
  });
  const inboxes = tells
    ? [memberEnd(channelUUID), keys.frames(inboxId(one)), keys.frames(inboxId(other))]
    : ['', '', ''];
  return [
    ...[kind, one, other, randomUUID(), keys.frames(channelUUID), memory, ...inboxes],
    messages.length,
    ...fields,
  ];
}

function resultOf(text: string, members?: readonly MemberToTell[]): AppendedMessage | undefined | Error {
  const [outcome, UUID, seq, ms, follows, epoch, number, age, told, noted] = text.split(' ') as [
    string,
    ...string[],
  ];
  if (outcome === 'ABSENT') return undefined;
  if (outcome === 'FORBIDDEN') return new AppError('FORBIDDEN');
  if (outcome === 'BLOCKED') return blockedError(UUID === 'own');
  if (outcome === 'NO_MESSAGE') return new AppError('MESSAGE_NOT_FOUND');
  const refusal = groupRefusal(text);
  if (refusal !== undefined) return refusal;
  return {
    duplicate: outcome === 'DUPLICATE',
    isOld: age === 'old',
    follows: follows as AppendedMessage['follows'],
    epoch: epoch!,
    UUID: UUID!,
    Seq: Number(seq),
    number: Number(number),
    CreatedAt: new Date(Number(ms)).toISOString(),
    isTrimDue: age === 'due',
    isTold: told === 'told',
    isNoted: noted === 'noted',
    members,
  };
}
