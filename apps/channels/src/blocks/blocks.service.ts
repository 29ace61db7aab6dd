import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { BlockRequest, UsersContract } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { clientOf, type ServiceClient } from '@parley/service-kit';
import { type Delivery, NEVER_LATE } from '../redis/delivery.js';
import { UserDirectory } from '../user-directory.js';
import { type Blocking, BlocksRepository } from './blocks.repository.js';

/** How often a list is set right while the same user blocks and unblocks the same other one elsewhere. */
const ROUNDS = 16;

/**
 * The rules of blocks. The private channel says what is refused, and the list of the users service shows it. The channel comes
 * first, and then the list is made to agree with it, until both do: so they agree after any requests at the same time. Where a
 * replica dies between the two, the next request about that user makes it good, and so does the one that was interrupted.
 */
@Injectable()
export class BlocksService {
  constructor(
    private readonly blocks: BlocksRepository,
    private readonly directory: UserDirectory,
    @Inject(clientOf('users')) private readonly users: Pick<ServiceClient<UsersContract>, 'ask'>,
  ) {}

  /**
   * Refuses messages between two users from now on, and lists the other as blocked. Idempotent.
   * @throws AppError INVALID_FIELD for oneself; USER_NOT_FOUND and LIMIT_REACHED, with which nothing has changed; UNAVAILABLE when
   * it is late, and when it may be done by half: the same request does the rest.
   */
  async block({ user, otherUUID }: BlockRequest, { deadline }: Delivery = NEVER_LATE): Promise<void> {
    if (user.UUID === otherUUID)
      throw new AppError('INVALID_FIELD', { message: 'userUUID: expected another user' });
    if (!(await this.directory.findNames([otherUUID])).has(otherUUID)) throw new AppError('USER_NOT_FOUND');
    const blocking = { user: user.UUID, partner: otherUUID };
    const mark = randomUUID();
    await this.blocks.note(blocking, mark, deadline);
    await this.settle(blocking, mark, mark);
  }

  /**
   * Takes a block back, and takes the other off the list. Idempotent.
   * @throws AppError USER_NOT_FOUND, and UNAVAILABLE as {@link block}.
   */
  async unblock({ user, otherUUID }: BlockRequest, { deadline }: Delivery = NEVER_LATE): Promise<void> {
    const blocking = { user: user.UUID, partner: otherUUID };
    await this.blocks.release(blocking, deadline);
    await this.settle(blocking, undefined);
  }

  /** Makes the list agree with the channel, for a request that a replica may have begun before it died. */
  async complete({ user, otherUUID }: BlockRequest): Promise<void> {
    const blocking = { user: user.UUID, partner: otherUUID };
    await this.settle(blocking, await this.blocks.markOf(blocking));
  }

  /**
   * Who changes the channel lists that afterwards. So when the list says what the channel said after it, a change that is missing in
   * the list is listed yet by the one who made it.
   * @param own the mark of the caller's block, which is undone where it cannot be listed.
   */
  private async settle(blocking: Blocking, noted: string | undefined, own?: string): Promise<void> {
    let mark = noted;
    for (let round = 0; round < ROUNDS; round += 1) {
      await this.list(blocking, mark).catch(async (error: unknown) => {
        if (mark === undefined || !isRefusal(error)) throw error;
        await this.blocks.undo(blocking, mark);
        if (mark === own) throw error;
      });
      const now = await this.blocks.markOf(blocking);
      if ((now === undefined) === (mark === undefined)) return;
      mark = now;
    }
    throw new AppError('UNAVAILABLE', { retryAfterMs: 1_000 });
  }

  private async list(
    { user: userUUID, partner: otherUUID }: Blocking,
    mark: string | undefined,
  ): Promise<void> {
    const pattern = mark === undefined ? 'users.unlistBlocked' : 'users.listBlocked';
    await this.users.ask(pattern, { userUUID, otherUUID }, { idempotencyKey: randomUUID() });
  }
}

/** Whether the users service has refused to list a block, for good. */
const isRefusal = (error: unknown): boolean =>
  error instanceof AppError && (error.name === 'LIMIT_REACHED' || error.name === 'USER_NOT_FOUND');
