import { LIMITS } from '@parley/protocol';
import type { RestAnswer, RestAsked } from '@parley/protocol/rest';
import { listedSessions } from '../../users/listed-sessions.js';
import type { Caller } from '../caller.js';
import { Asked, By, Operation, RestController } from '../operation.decorator.js';
import { ByKey } from './by-key.js';
import { accountOf, timeOf } from './shown-account.js';

/** What operators' keys do to accounts, and to everybody. */
@RestController()
export class AdminController {
  constructor(private readonly operators: ByKey) {}

  @Operation('provisionUsers')
  async provision(
    @Asked() { body }: RestAsked<'provisionUsers'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'provisionUsers'>> {
    by.notes(`${body.users.length} users`);
    const asked = body.users.map(({ sub, ...said }) => ({ subject: sub, ...said }));
    const { users } = await this.operators.write(by, 'provisionUsers', { users: asked });
    return {
      users: users.map((outcome, place) => {
        const { issuer, sub } = body.users[place]!;
        const named = { sub, ...(issuer !== undefined && { issuer }) };
        if ('error' in outcome) return { ...named, ...outcome };
        const { user, created } = outcome;
        return { ...named, userUUID: user.UUID, username: user.Username, created };
      }),
    };
  }

  @Operation('getAccount')
  async account(
    @Asked() { params: { userUUID } }: RestAsked<'getAccount'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'getAccount'>> {
    return accountOf(await this.operators.read(by, 'getAccount', { userUUID }));
  }

  @Operation('deleteUser')
  remove(
    @Asked() { params: { userUUID } }: RestAsked<'deleteUser'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'deleteUser'>> {
    return this.operators.write(by, 'deleteUser', { userUUID });
  }

  @Operation('banUser')
  ban(
    @Asked() { params: { userUUID } }: RestAsked<'banUser'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'banUser'>> {
    return this.operators.write(by, 'bar', { userUUID, bar: 'banned' });
  }

  @Operation('unbanUser')
  unban(
    @Asked() { params: { userUUID } }: RestAsked<'unbanUser'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'unbanUser'>> {
    return this.operators.write(by, 'unbar', { userUUID, bar: 'banned' });
  }

  @Operation('disableUser')
  disable(
    @Asked() { params: { userUUID } }: RestAsked<'disableUser'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'disableUser'>> {
    return this.operators.write(by, 'bar', { userUUID, bar: 'disabled' });
  }

  @Operation('enableUser')
  enable(
    @Asked() { params: { userUUID } }: RestAsked<'enableUser'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'enableUser'>> {
    return this.operators.write(by, 'unbar', { userUUID, bar: 'disabled' });
  }

  @Operation('listSessionsOf')
  async sessions(
    @Asked() { params: { userUUID } }: RestAsked<'listSessionsOf'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'listSessionsOf'>> {
    const { total, sessions } = await this.operators.read(by, 'listSessions', { userUUID });
    return { total, sessions: listedSessions(sessions, undefined) };
  }

  @Operation('endSessionsOf')
  endSessions(
    @Asked() { params: { userUUID } }: RestAsked<'endSessionsOf'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'endSessionsOf'>> {
    return this.operators.write(by, 'endSessions', { userUUID });
  }

  @Operation('endSessionOf')
  endSession(
    @Asked() { params: { userUUID, sessionUUID } }: RestAsked<'endSessionOf'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'endSessionOf'>> {
    return this.operators.write(by, 'endSessions', { userUUID, sessionUUIDs: [sessionUUID] });
  }

  @Operation('announce')
  async announce(
    @Asked() { body: { text } }: RestAsked<'announce'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'announce'>> {
    return this.operators.write(by, 'announce', { text });
  }

  @Operation('readAudit')
  async audit(
    @Asked() { query: { kind, cursor, limit = LIMITS.auditEntriesPerPage } }: RestAsked<'readAudit'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'readAudit'>> {
    const page = await this.operators.read(by, 'readAudit', { kind, cursor, limit });
    return {
      entries: page.entries.map(({ at, ...entry }) => ({ at: timeOf(at), ...entry })),
      ...(page.cursor !== undefined && { cursor: page.cursor }),
    };
  }
}
