import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { GENERAL_CHANNEL, privateChannel, type UsersContract } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { RedisTransportError } from '@parley/redis-transport';
import { clientOf, EventPublisher, type Events, type ServiceClient } from '@parley/service-kit';
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
  | { readonly at: 'inbox' }
  | { readonly at: 'look'; readonly after: number }
  | { readonly at: 'rewrite'; readonly run: string; readonly after: number }
  | { readonly at: 'gone' | 'changed'; readonly after: number }
  | { readonly at: 'changes'; readonly run: string; readonly after: number };

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
  ) {}

  /** Deletes a channel's messages and all that is noted of it. Its Seqs begin again, in a new epoch. */
  async purgeChannel(channelUUID: string): Promise<void> {
    await this.repository.forgetChannel(channelUUID);
  }

  /**
   * Deletes what is stored of a user: private channels, with what the partners wrote there and have of them in their inboxes;
   * the inbox; the texts, names and reactions in the general channel, where tombstones keep the places. Returns how to go on, nothing when done.
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
      case 'inbox':
        return this.repository.forgetInbox(userUUID).then(() => ({ at: 'look', after: 0 }));
      case 'look':
        return this.look(userUUID, progress.after);
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
    return users.length === 0 || next >= total ? { at: 'inbox' } : { at: 'partners', offset: next, total };
  }

  /** The channel last: while it is there, a repeated purge finds the inbox. */
  private async purgePair(userUUID: string, partner: string, channelUUID: string): Promise<void> {
    if (partner !== userUUID) await this.repository.takeOutOfInbox(partner, channelUUID);
    await this.repository.forgetChannel(channelUUID);
  }

  /** A log is rewritten only if the user has written there: meanwhile it takes twice its memory. */
  private async look(userUUID: string, after: number): Promise<Progress | undefined> {
    const looked = await this.repository.lookFor(userUUID, GENERAL_CHANNEL, after);
    if (looked.found) return { at: 'rewrite', run: randomUUID(), after: 0 };
    return looked.after === undefined ? { at: 'gone', after: 0 } : { at: 'look', after: looked.after };
  }

  private async rewrite(
    userUUID: string,
    { run, after }: Extract<Progress, { at: 'rewrite' }>,
  ): Promise<Progress | undefined> {
    const what = { log: GENERAL_CHANNEL, kind: 'message', whose: userUUID } as const;
    const place = await this.repository.step({ ...what, run, after });
    if (place === 'ended') throw purgedTwice();
    return place === 'done' ? { at: 'gone', after: 0 } : { at: 'rewrite', run, after: place };
  }

  /** What lies beside the log: messages that were moved, and edits, mentions and reactions. */
  private async purgeStates(
    userUUID: string,
    { at, after }: { readonly at: 'gone' | 'changed'; readonly after: number },
  ): Promise<Progress> {
    const part = { channelUUID: GENERAL_CHANNEL, what: at, whose: userUUID, after };
    const next = await this.repository.states(part);
    if (next !== undefined) return { at, after: next };
    return at === 'gone' ? { at: 'changed', after: 0 } : { at: 'changes', run: randomUUID(), after: 0 };
  }

  private async rewriteChanges(
    userUUID: string,
    { run, after }: Extract<Progress, { at: 'changes' }>,
  ): Promise<Progress | undefined> {
    const what = { log: GENERAL_CHANNEL, kind: 'change', whose: userUUID } as const;
    const place = await this.repository.step({ ...what, run, after });
    if (place === 'ended') throw purgedTwice();
    return place === 'done' ? undefined : { at: 'changes', run, after: place };
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
