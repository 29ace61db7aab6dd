import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import {
  GENERAL_CHANNEL,
  type LogId,
  mayBeGroup,
  privateChannel,
  type UsersContract,
} from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { RedisTransportError } from '@parley/redis-transport';
import { clientOf, EventPublisher, type Events, type ServiceClient } from '@parley/service-kit';
import { GroupMembers } from '../groups/group-members.js';
import { PurgeRepository, purgedTwice } from './purge.repository.js';

/** Users whose private channels are looked for at once. */
const PARTNERS_AT_ONCE = 250;
/** How long one request purges, in milliseconds; the next one goes on. */
const PURGES_FOR_MS = 1_000;

/** To every replica of the channels service: a user is gone for ever. */
export const USER_GONE = 'channels.userGone';
export interface UserGone {
  readonly userUUID: string;
}

/** How far the purge of a user has come. The one who asks hands it back, and knows nothing of it. */
type Progress =
  | { readonly at: 'partners'; readonly offset: number; readonly total: number }
  | { readonly at: 'groups'; readonly cursor?: string }
  | { readonly at: 'inbox' }
  | { readonly at: 'look'; readonly log?: LogId; readonly after: number }
  | { readonly at: 'rewrite'; readonly log?: LogId; readonly run: string; readonly after: number }
  | { readonly at: 'gone' | 'changed'; readonly log?: LogId; readonly after: number }
  | { readonly at: 'changes'; readonly log?: LogId; readonly run: string; readonly after: number };

/**
 * Deletes what is stored of a user or a channel, for ever. Each request does a part; every part may be repeated. A user should
 * be purged from auth and users first, so that nothing new comes.
 */
@Injectable()
export class PurgeService {
  constructor(
    private readonly repository: PurgeRepository,
    @Inject(clientOf('users')) private readonly users: Pick<ServiceClient<UsersContract>, 'ask'>,
    @Inject(EventPublisher) private readonly events: Events,
    private readonly groupMembers: GroupMembers,
  ) {}

  /**
   * Deletes a channel's messages and all that is noted of it. Its Seqs begin again, in a new epoch. A group is gone with it: nobody
   * is a member any more, and the lists of its members drop it when they are read.
   */
  async purgeChannel(channelUUID: string): Promise<void> {
    if (mayBeGroup(channelUUID)) await this.repository.forgetPlaces(channelUUID);
    await this.repository.forgetChannel(channelUUID);
  }

  /**
   * Deletes what is stored of a user: private channels, with what the partners wrote there and have of them in their inboxes;
   * the roles in groups; the inbox; the texts, names and reactions in groups and in the general channel, where tombstones keep the places. Returns how to go on, nothing when done.
   * @throws AppError UNAVAILABLE when another purge has taken over.
   */
  async purgeUser(userUUID: string, cursor?: string): Promise<string | undefined> {
    const endsAt = performance.now() + PURGES_FOR_MS;
    if (cursor === undefined) await this.tellGone(userUUID);
    let progress: Progress | undefined = progressOf(cursor);
    do progress = await this.step(userUUID, progress);
    while (progress !== undefined && performance.now() < endsAt);
    if (progress !== undefined) return JSON.stringify(progress);
    // A Redis that was full has taken no event before.
    await this.tellGone(userUUID);
    return undefined;
  }

  /** A replica that remembered the user's name would let others write to the user. On a full Redis nobody writes. */
  private async tellGone(userUUID: string): Promise<void> {
    await this.events.publish<UserGone>(USER_GONE, { userUUID }).catch((error: unknown) => {
      if (!(error instanceof RedisTransportError && error.code === 'STORAGE_FULL')) throw error;
    });
  }

  private step(userUUID: string, progress: Progress): Promise<Progress | undefined> {
    switch (progress.at) {
      case 'partners':
        return this.purgePartners(userUUID, progress.offset, progress.total);
      case 'groups':
        return this.nextGroup(userUUID, progress.cursor);
      case 'inbox':
        return this.repository.forgetInbox(userUUID).then(() => ({ at: 'look', after: 0 }));
      case 'look':
        return this.look(userUUID, progress);
      case 'rewrite':
        return this.rewrite(userUUID, progress);
      case 'gone':
      case 'changed':
        return this.purgeStates(userUUID, progress);
      case 'changes':
        return this.rewriteChanges(userUUID, progress);
    }
  }

  /**
   * Every user may have a private channel with this one: its id follows from the two. So none is missed, whatever the inboxes
   * say. Only partners whose accounts were deleted are not in the directory: the inbox shows them. Where the directory has become shorter since the page before, the pages have moved.
   */
  private async purgePartners(userUUID: string, offset: number, totalBefore: number): Promise<Progress> {
    const from = { offset, limit: PARTNERS_AT_ONCE };
    const { total, users } = await this.users.ask('users.list', from);
    if (total < totalBefore)
      return { at: 'partners', offset: Math.max(0, offset - (totalBefore - total)), total };
    // Notes to oneself: the user is not in the directory any more.
    const gone = offset === 0 ? [userUUID, ...(await this.repository.partnersOf(userUUID))] : [];
    const partners = [...gone, ...users.map(({ UUID }) => UUID)];
    const channelOf = new Map(partners.map((each) => [privateChannel(userUUID, each), each]));
    for (const channelUUID of await this.repository.existing([...channelOf.keys()]))
      await this.purgePair(userUUID, channelOf.get(channelUUID)!, channelUUID);
    const next = offset + users.length;
    return users.length === 0 || next >= total ? { at: 'groups' } : { at: 'partners', offset: next, total };
  }

  /** The channel last: while it is there, a repeated purge finds the inbox. */
  private async purgePair(userUUID: string, partner: string, channelUUID: string): Promise<void> {
    if (partner !== userUUID) await this.repository.takeOutOfInbox(partner, channelUUID);
    await this.repository.forgetChannel(channelUUID);
  }

  /** A log is rewritten only if the user has written there: meanwhile it takes twice its memory. */
  private async look(
    userUUID: string,
    { log = GENERAL_CHANNEL, after }: Extract<Progress, { at: 'look' }>,
  ): Promise<Progress | undefined> {
    const looked = await this.repository.lookFor(userUUID, log, after);
    if (looked.found) return { at: 'rewrite', log, run: randomUUID(), after: 0 };
    if (looked.after !== undefined) return { at: 'look', log, after: looked.after };
    return { at: 'gone', log, after: 0 };
  }

  private async rewrite(
    userUUID: string,
    { log = GENERAL_CHANNEL, run, after }: Extract<Progress, { at: 'rewrite' }>,
  ): Promise<Progress | undefined> {
    const what = { log, kind: 'message', whose: userUUID } as const;
    const place = await this.repository.step({ ...what, run, after });
    if (place === 'ended') throw purgedTwice();
    return place === 'done' ? { at: 'gone', log, after: 0 } : { at: 'rewrite', log, run, after: place };
  }

  /** What lies beside the log: messages that were moved, and edits, mentions and reactions. */
  private async purgeStates(
    userUUID: string,
    { at, log = GENERAL_CHANNEL, after }: Extract<Progress, { at: 'gone' | 'changed' }>,
  ): Promise<Progress> {
    const part = { channelUUID: log, what: at, whose: userUUID, after };
    const next = await this.repository.states(part);
    if (next !== undefined) return { at, log, after: next };
    return at === 'gone'
      ? { at: 'changed', log, after: 0 }
      : { at: 'changes', log, run: randomUUID(), after: 0 };
  }

  private async rewriteChanges(
    userUUID: string,
    { log = GENERAL_CHANNEL, run, after }: Extract<Progress, { at: 'changes' }>,
  ): Promise<Progress | undefined> {
    const what = { log, kind: 'change', whose: userUUID } as const;
    const place = await this.repository.step({ ...what, run, after });
    if (place === 'ended') throw purgedTwice();
    return place === 'done' ? this.afterTexts(userUUID, log) : { at: 'changes', log, run, after: place };
  }

  /** The groups that the user is in or has left, one after the other: the user's inbox lists them. */
  private async nextGroup(userUUID: string, cursor: string | undefined): Promise<Progress> {
    const log = await this.repository.groupAfter(userUUID, cursor);
    return log === undefined ? { at: 'inbox' } : { at: 'look', log, after: 0 };
  }

  /** The texts in a log are gone. A member leaves a group only now: its entry needs room, which a full Redis has by now. */
  private async afterTexts(userUUID: string, log: LogId): Promise<Progress | undefined> {
    if (log === GENERAL_CHANNEL) return undefined;
    await this.groupMembers.leave(userUUID, log);
    await this.repository.forgetInGroup(userUUID, log);
    return { at: 'groups', cursor: log };
  }
}

function progressOf(cursor: string | undefined): Progress {
  if (cursor === undefined) return { at: 'partners', offset: 0, total: 0 };
  try {
    return JSON.parse(cursor) as Progress;
  } catch {
    throw new AppError('INVALID_FIELD', { message: 'cursor: expected that of the answer before' });
  }
}
