import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from '../../redis/keys.js';
import { throwRefusal } from './group-outcome.js';
import source from './read-audit.lua.js';

const script = new Script(source);

/** A page of a group's audit, for one who may see it. */
export interface ReadAudit {
  readonly channelUUID: string;
  readonly user: string;
  /** See `rowOf`. */
  readonly row: string;
  /** Id of the last entry of the page before; empty for the newest. */
  readonly before: string;
  readonly limit: number;
}

/** An entry of the audit: `id` begins with its time in ms. */
export interface AuditRecord {
  readonly id: string;
  readonly json: string;
}

/** Reads a page, the newest first. @throws AppError CHANNEL_NOT_FOUND, FORBIDDEN. Redis's errors. */
export async function readAudit(
  redis: RedisConnection,
  keys: ChannelKeys,
  { channelUUID, user, row, before, limit }: ReadAudit,
): Promise<AuditRecord[]> {
  const reply = await script.run(
    redis,
    [keys.meta(channelUUID), keys.ofGroup(channelUUID, 'audit')],
    [user, row, before, limit],
  );
  throwRefusal(reply);
  const flat = reply as string[];
  const records: AuditRecord[] = [];
  for (let at = 0; at < flat.length; at += 2) records.push({ id: flat[at]!, json: flat[at + 1]! });
  return records;
}
