import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { GENERAL_CHANNEL, inboxId, type LogId } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { privateChannelsOf } from '../export/private-channels.js';
import { forgetReceived } from '../received/forget-received.js';
import { ChannelKeys } from '../redis/keys.js';
import { purgeLog } from '../redis/purge-log.js';
import { type PurgeStates, purgeStates } from '../redis/purge-states.js';
import { type RewriteLog, rewriteLog } from '../redis/rewrite-log.js';

/** Messages that are looked at in one step for one of a user. */
const LOOKED_AT_ONCE = 256;

/** Members of a group whose inboxes are changed at once. */
const MEMBERS_AT_ONCE = 500;

/** What is deleted in Redis for ever. Each step is short, and may be repeated. Rejects with Redis's errors. */
@Injectable()
export class PurgeRepository {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
  ) {}

  /** Those of some channels of which anything is stored. */
  async existing(channelUUIDs: readonly string[]): Promise<string[]> {
    const counts = await Promise.all(
      channelUUIDs.map((each) => this.redis.exists(this.keys.meta(each), this.keys.log(each))),
    );
    return channelUUIDs.filter((_, at) => counts[at]! > 0);
  }

  /** The partners of a user whom the user's inbox shows, even those who are no longer in the directory. */
  async partnersOf(userUUID: string): Promise<string[]> {
    const channels = await privateChannelsOf(this.redis, this.keys, userUUID);
    return channels.map(({ partnerUUID }) => partnerUUID);
  }

  /** Forgets a channel: messages, epochs, memories. Who has joined it now stays joined. The general channel keeps the rules of what it keeps. */
  async forgetChannel(channelUUID: string): Promise<void> {
    const { keys } = this;
    const ofGroup = (['moderators', 'banned', 'muted', 'audit'] as const).map((what) =>
      keys.ofGroup(channelUUID, what),
    );
    const ofMembers = [keys.members(channelUUID), keys.roster(channelUUID), keys.reads(channelUUID)];
    const others = [...ofMembers, ...ofGroup];
    const meta = keys.meta(channelUUID);
    const kept = channelUUID === GENERAL_CHANNEL ? await this.redis.hget(meta, 'keep') : null;
    await purgeLog(this.redis, keys, { log: channelUUID, others });
    if (kept !== null) await this.redis.hset(meta, 'keep', kept);
    await this.redis.zrem(keys.publicGroups(), channelUUID);
  }

  /** Forgets the places of a group in the inboxes of its members, so that none of them has anything unread there. Their items show no message any more. */
  async forgetPlaces(channelUUID: string): Promise<void> {
    for (let cursor = '0'; ; ) {
      const [next, fields] = await this.redis.hscan(
        ...([this.keys.members(channelUUID), cursor, 'COUNT', MEMBERS_AT_ONCE] as const),
      );
      const members = fields.filter((_, at) => at % 2 === 0);
      await Promise.all(
        members.flatMap((user) => [
          this.redis.hdel(this.keys.unread(user), channelUUID),
          this.redis.hdel(this.keys.meta(inboxId(user)), channelUUID),
        ]),
      );
      if (next === '0') return;
      cursor = next;
    }
  }

  /** The next group after `cursor` that a user is in or has left; undefined for none. */
  async groupAfter(userUUID: string, cursor: string | undefined): Promise<string | undefined> {
    const least = cursor === undefined ? '-' : `(${cursor}`;
    const lists = [this.keys.groupsOf(userUUID), this.keys.groupsLeft(userUUID)];
    const next = await Promise.all(
      lists.map((list) => this.redis.zrangebylex(list, least, '+', 'LIMIT', 0, 1)),
    );
    return next.flat().sort()[0];
  }

  /** Forgets what a group says of a user who is no member of it. Its audit keeps the ids of those who were, until it forgets them. */
  async forgetInGroup(userUUID: string, channelUUID: string): Promise<void> {
    for (const what of ['banned', 'muted'] as const)
      await this.redis.hdel(this.keys.ofGroup(channelUUID, what), userUUID);
  }

  /** Forgets a user's inbox, and what was counted of the user. */
  async forgetInbox(userUUID: string): Promise<void> {
    const { keys } = this;
    const lists = [keys.received(userUUID), keys.receivedChanged(userUUID)];
    const others = [keys.unread(userUUID), keys.groupsOf(userUUID), keys.groupsLeft(userUUID), ...lists];
    await purgeLog(this.redis, this.keys, { log: inboxId(userUUID), others });
    await this.redis.unlink(this.keys.storedBytes(userUUID));
    await this.redis.unlink(this.keys.userEvents(userUUID));
    await this.redis.hdel(this.keys.reads(GENERAL_CHANNEL), userUUID);
  }

  /** Takes a channel out of a user's inbox: the messages, what is listed of them, the place, the number of unread messages. */
  async takeOutOfInbox(userUUID: string, channelUUID: string): Promise<void> {
    const log = inboxId(userUUID);
    if (await this.redis.exists(this.keys.log(log)))
      await this.rewrite({ log, kind: 'inboxItem', whose: channelUUID });
    await forgetReceived(this.redis, this.keys, userUUID, channelUUID);
    await this.redis.hdel(this.keys.unread(userUUID), channelUUID);
    await this.redis.hdel(this.keys.meta(log), channelUUID);
  }

  /** The Seq of a channel's first message of a user or that mentions the user after a Seq, or the Seq to look on after; neither at the end. */
  async lookFor(
    userUUID: string,
    channelUUID: string,
    after: number,
  ): Promise<{ found?: true; after?: number }> {
    const entries = await this.redis.xrange(
      ...([this.keys.log(channelUUID), `(${after}`, '+', 'COUNT', LOOKED_AT_ONCE] as const),
    );
    // No text of a user comes before it: see `messageBody`. A tombstone has no name.
    const mark = `"SenderUUID":"${userUUID}","Sender":{"UUID":"${userUUID}","Username":"`;
    const mention = `{"userUUID":"${userUUID}","username":"`;
    for (const [, [, json]] of entries)
      if (names(json!, mark) || names(json!, mention)) return { found: true };
    if (entries.length < LOOKED_AT_ONCE) return {};
    return { after: Number.parseInt(entries.at(-1)![0], 10) };
  }

  /** One step of taking a user out of what is kept beside a log. */
  states(purging: PurgeStates): Promise<number | undefined> {
    return purgeStates(this.redis, this.keys, purging);
  }

  /** One step of {@link rewrite}. */
  step(rewriting: RewriteLog): Promise<number | 'done' | 'ended'> {
    return rewriteLog(this.redis, this.keys, rewriting);
  }

  private async rewrite(what: { readonly log: LogId } & Pick<RewriteLog, 'kind' | 'whose'>): Promise<void> {
    const run = randomUUID();
    let after = 0;
    for (;;) {
      const place = await this.step({ ...what, run, after });
      if (place === 'done') return;
      if (place === 'ended') throw purgedTwice();
      after = place;
    }
  }
}

/** Whether a name that is not empty follows a mark. */
function names(json: string, mark: string): boolean {
  const at = json.indexOf(mark);
  return at >= 0 && json[at + mark.length] !== '"';
}

/** Two purges that rewrite one log: the one that began last goes on. */
export const purgedTwice = (): AppError =>
  new AppError('UNAVAILABLE', { message: 'Another purge has begun. Run this one again when it is done.' });
