import { randomUUID } from 'node:crypto';
import { AppError } from '@parley/protocol';
import type { Script } from '@parley/redis';
import { blockedError } from '../../blocks/blocked-error.js';
import { groupRefusal } from '../../groups/redis/group-outcome.js';
import type { Appender } from '../../redis/appender.js';
import { lastMoment } from '../../redis/delivery.js';
import type { ChannelKeys } from '../../redis/keys.js';
import { HANDLED_MS, type Retention, recordOf } from '../../redis/retention.js';

/** A message to change. */
export interface MessageToChange {
  readonly channelUUID: string;
  /** Who changes it. */
  readonly user: string;
  /** The message. */
  readonly UUID: string;
  /** Names this request among those of its user, so that it is recognised when it is delivered twice. */
  readonly key: string;
  /** When it may be changed at the latest, in ms by Redis's clock. */
  readonly deadline: number;
  readonly retention: Pick<Retention, 'messages' | 'changes'>;
}

/** A message as it is after a change. */
export interface ChangedMessage {
  /** Whether this call has changed it. If not, it was so before. */
  readonly isNew: boolean;
  readonly messageSeq: number;
  /** The Seq of the change; 0 where it was so before, and it is not known since which entry. */
  readonly Seq: number;
  /** RFC 3339 in UTC, by Redis's clock as `CreatedAt`. */
  readonly at: string;
  /** Of a reaction: how many users have it. */
  readonly count: number;
  /** Of an edit that this request has made: whom the text before mentioned. */
  readonly mentionedBefore: readonly string[] | undefined;
}

/**
 * Changes a message by a script with the prelude `message-change.lua`, once: what is so already is not written again.
 * @throws AppError FORBIDDEN, BLOCKED, CHANNEL_NOT_FOUND for a private group of others, MESSAGE_NOT_FOUND also for one that is
 * deleted or not kept any more, LIMIT_REACHED, UNAVAILABLE when late. Redis's errors.
 */
export async function changeMessage(
  appender: Appender,
  keys: ChannelKeys,
  script: Script,
  { channelUUID, user, UUID, key, deadline, retention }: MessageToChange,
  args: readonly (string | number)[],
): Promise<ChangedMessage> {
  const reply = (await appender.append(
    script,
    [keys.meta(channelUUID), keys.log(channelUUID), ...keys.memory(channelUUID, 'handled')],
    [
      ...[user, UUID, randomUUID(), retention.changes, retention.messages],
      ...[appender.publish, keys.frames(channelUUID), lastMoment(appender, deadline)],
      ...[recordOf(user, key), HANDLED_MS, ...args],
    ],
  )) as string;
  const [outcome, messageSeq, Seq, at, count = 0, mentioned] = reply.split(' ');
  if (outcome !== 'DONE' && outcome !== 'SAME') throw refusalOf(reply);
  return {
    isNew: outcome === 'DONE',
    messageSeq: Number(messageSeq),
    Seq: Number(Seq),
    at: at!,
    count: Number(count),
    mentionedBefore: mentioned?.split(','),
  };
}

const REFUSALS: Readonly<Record<string, () => AppError>> = {
  FORBIDDEN: () => new AppError('FORBIDDEN'),
  BLOCKED: () => blockedError(false),
  'BLOCKED own': () => blockedError(true),
  NO_MESSAGE: () => new AppError('MESSAGE_NOT_FOUND'),
  FULL: () => new AppError('LIMIT_REACHED', { message: 'The message has too many kinds of reactions.' }),
};

function refusalOf(outcome: string): Error {
  return REFUSALS[outcome]?.() ?? groupRefusal(outcome)!;
}
