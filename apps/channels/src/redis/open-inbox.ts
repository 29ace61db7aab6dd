import { inboxId, type LogHead, type ReaderEpoch } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from './keys.js';
import { askedEpoch, type HeadReply, headOf } from './log-state.js';
import source from './open-inbox.lua.js';

const script = new Script(source);

/** An inbox, and the epoch that its reader counts in. */
export interface OpenInbox {
  readonly userUUID: string;
  readonly epoch: ReaderEpoch;
}

/** Where an inbox stands, and how many messages are unread: in all, and by channel. */
export interface OpenedInbox extends LogHead {
  readonly unread: number;
  readonly unreadIn: ReadonlyMap<string, number>;
}

/** Reads where a user's inbox stands. Changes nothing. Rejects with Redis's error. */
export async function openInbox(
  redis: RedisConnection,
  keys: ChannelKeys,
  { userUUID, epoch: asked }: OpenInbox,
): Promise<OpenedInbox> {
  const inbox = inboxId(userUUID);
  const reply = await script.run(
    redis,
    [keys.meta(inbox), keys.log(inbox), keys.unread(userUUID)],
    [askedEpoch(asked)],
  );
  const [epoch, seq, first, from, common, counted] = reply as [...HeadReply, string[]];
  const unreadIn = new Map<string, number>();
  for (let at = 0; at < counted.length; at += 2) unreadIn.set(counted[at]!, Number(counted[at + 1]));
  const unread = [...unreadIn.values()].reduce((sum, count) => sum + count, 0);
  return { ...headOf([epoch, seq, first, from, common]), unread, unreadIn };
}
