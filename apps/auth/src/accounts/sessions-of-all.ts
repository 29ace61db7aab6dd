import { Inject, Injectable } from '@nestjs/common';
import type { EndedPage, UsersContract } from '@parley/contracts';
import { clientOf, type ServiceClient } from '@parley/service-kit';
import { SessionEnds } from './session-ends.js';

/** The users of a page. Each costs a script call, and an event for each session. */
export const USERS_PER_PAGE = 500;

/** Ends the sessions of everybody, a page of users at a time. */
@Injectable()
export class SessionsOfAll {
  constructor(
    @Inject(clientOf('users')) private readonly users: Pick<ServiceClient<UsersContract>, 'ask'>,
    private readonly ends: SessionEnds,
  ) {}

  /**
   * Ends all sessions of the users before a place of the directory. It goes backwards: a user who is deleted meanwhile moves
   * others forwards in the directory, to where they are seen again, and who signs up later has no session of before.
   * @param before the place, and the end of the directory by default.
   */
  async endPage(before?: number): Promise<EndedPage> {
    const end = before ?? (await this.users.ask('users.list', { offset: 0, limit: 1 })).total;
    const offset = Math.max(0, end - USERS_PER_PAGE);
    if (end <= offset) return { users: 0, ended: 0, left: 0 };
    const { users } = await this.users.ask('users.list', { offset, limit: end - offset });
    const ended = await Promise.all(users.map(({ UUID }) => this.ends.endAll(UUID, 'ended')));
    return { users: users.length, ended: ended.reduce((sum, one) => sum + one, 0), left: offset };
  }
}
