import { Injectable } from '@nestjs/common';
import type { ReceivedReply, ReceivedRequest } from '@parley/contracts';
import { AppError, LIMITS } from '@parley/protocol';
import { LargeReads } from '../large-reads.js';
import { PAGE_BYTES } from '../logs.repository.js';
import { peopleIn, withPresence } from '../message-json.js';
import { UserDirectory } from '../user-directory.js';
import { type ListedMessage, ReceivedRepository } from './received.repository.js';
import { ReceivedFill } from './received-fill.js';
import { isReceivedMember } from './received-member.js';
import { ReceivedTexts, type ShownMessage } from './received-texts.js';

/** Looks at the list for one page at most: it may begin with many messages that are gone. */
const LOOKS = 4;

/** A page before its users' presence is known. */
interface ReceivedPage {
  readonly shown: readonly ShownMessage[];
  /** The member after which the next page begins; undefined at the end. */
  readonly next: string | undefined;
  /** Whether long messages have ended it. */
  readonly isCut: boolean;
}

/** What a user has received in private channels, over all of them. */
@Injectable()
export class ReceivedService {
  constructor(
    private readonly received: ReceivedRepository,
    private readonly texts: ReceivedTexts,
    private readonly fill: ReceivedFill,
    private readonly large: LargeReads,
    private readonly directory: UserDirectory,
  ) {}

  /**
   * A page of the private messages that a user has received, the newest first, as they are now. What is deleted or no longer kept is
   * left out. A page may have fewer than `limit`.
   * @throws AppError INVALID_FIELD for a cursor that is none, UNAVAILABLE while the list of a user from before this version is made.
   */
  async list({ user, cursor, limit }: ReceivedRequest): Promise<ReceivedReply> {
    if (cursor !== undefined && !isReceivedMember(cursor))
      throw new AppError('INVALID_FIELD', { message: 'cursor: expected that of the answer before' });
    const most = Math.max(1, Math.min(limit, LIMITS.messagesPerPage));
    const { shown, next } = await this.large.page(
      PAGE_BYTES,
      (bytes) => this.read(user.UUID, cursor, most, bytes),
      ({ isCut }) => isCut,
    );
    const messages = shown.map(({ message }) => message);
    const people = await this.directory.find(peopleIn(messages).filter((UUID) => UUID !== user.UUID));
    people.set(user.UUID, { ...user, OnLine: true });
    return {
      messages: shown.map(({ message, seen }) => ({ ...withPresence(message, people), seen })),
      ...(next !== undefined && { cursor: next }),
    };
  }

  private async read(
    userUUID: string,
    before: string | undefined,
    limit: number,
    bytes: number,
  ): Promise<ReceivedPage> {
    const shown: ShownMessage[] = [];
    let [next, size, looks] = [before, 0, 0];
    for (;;) {
      const room = limit - shown.length;
      // One more tells whether there is a next page.
      const listed = await this.listed(userUUID, next, room + 1);
      const reading = { userUUID, bytes: bytes - size, mayBeLonger: shown.length === 0 };
      const asked = listed.slice(0, room);
      const texts = await this.texts.read(asked, reading);
      await this.received.drop(userUUID, texts.gone);
      shown.push(...texts.shown);
      next = texts.last ?? next;
      size += texts.size;
      looks += 1;
      const isCut = texts.last !== asked.at(-1)?.member;
      if (isCut) return { shown, next, isCut };
      if (listed.length <= room) return { shown, next: undefined, isCut };
      if (shown.length === limit || looks === LOOKS) return { shown, next, isCut };
    }
  }

  /** A part of the list, which is made first where it lacks what was received before this version. */
  private async listed(userUUID: string, before: string | undefined, most: number): Promise<ListedMessage[]> {
    const listed = await this.received.page(userUUID, before, most);
    if (listed !== undefined) return listed;
    await this.fill.complete(userUUID);
    // Only a replica of the version before can have put in something since.
    const filled = await this.received.page(userUUID, before, most);
    if (filled === undefined) throw new AppError('UNAVAILABLE', { retryAfterMs: 1_000 });
    return filled;
  }
}
