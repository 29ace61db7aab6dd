import { randomUUID } from 'node:crypto';
import { inboxId, type LogHeadReply } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from './keys.js';

const script = new Script(import.meta.url, 'open-inbox.lua');

/** Where an inbox stands, and how many messages in it are unread. */
export interface OpenedInbox extends LogHeadReply {
  readonly unread: number;
}

/** Opens a user's inbox and makes it when it is new. Rejects with Redis's error. */
export async function openInbox(
  redis: RedisConnection,
  keys: ChannelKeys,
  userUUID: string,
): Promise<OpenedInbox> {
  const inbox = inboxId(userUUID);
  const reply = await script.run(
    redis,
    [keys.meta(inbox), keys.log(inbox), keys.unread(userUUID)],
    [randomUUID()],
  );
  const [epoch, seq, first, unread] = reply as [string, string, string, number];
  return { epoch, seq: Number(seq), first: Number(first), unread };
}
