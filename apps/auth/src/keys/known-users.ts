import { Inject, Injectable } from '@nestjs/common';
import type { ActAs, Identity, UsersContract } from '@parley/contracts';
import { AppError, LIMITS } from '@parley/protocol';
import { clientOf, type ServiceClient, TurnBatch } from '@parley/service-kit';
import { barred, firstBar, SESSION_STORE, type SessionStore } from '../session-store.js';
import { EXTERNAL_STORE, type ExternalStore, externalId } from '../tokens/external-store.js';
import { externalOf, ISSUER_RULES, type IssuerRules } from '../tokens/issuer-rules.js';

/** Finds users whom keys name, those of one turn in one request to the users service. */
@Injectable()
export class KnownUsers {
  private readonly lookups = new TurnBatch<string, Identity | undefined>(async (_, UUIDs) => {
    const { users } = await this.users.ask('users.lookup', { UUIDs: [...new Set(UUIDs)] });
    const found = new Map(users.map(({ UUID, Username }) => [UUID, { UUID, Username }]));
    return UUIDs.map((UUID) => found.get(UUID));
  }, LIMITS.usersPerPage);

  constructor(
    @Inject(clientOf('users')) private readonly users: Pick<ServiceClient<UsersContract>, 'ask'>,
    @Inject(SESSION_STORE) private readonly sessions: SessionStore,
    @Inject(EXTERNAL_STORE) private readonly externals: ExternalStore,
    @Inject(ISSUER_RULES) private readonly rules: IssuerRules,
  ) {}

  /** @throws AppError USER_NOT_FOUND */
  async named(userUUID: string): Promise<Identity> {
    const user = await this.lookups.add('', userUUID);
    if (user === undefined) throw new AppError('USER_NOT_FOUND');
    return user;
  }

  /**
   * The user as whom somebody else may do something.
   * @throws AppError USER_NOT_FOUND; FORBIDDEN for one who is barred or deleted.
   */
  async usable(asked: ActAs): Promise<Identity> {
    const user = await ('userUUID' in asked
      ? this.named(asked.userUUID)
      : this.external(externalId(externalOf(asked, this.rules))));
    await this.refuseBarred(user.UUID);
    return user;
  }

  /** The user of an identity provider, or the bot, with this id. @throws AppError as {@link usable} */
  async usableExternal(id: string): Promise<Identity> {
    const user = await this.external(id);
    await this.refuseBarred(user.UUID);
    return user;
  }

  private async external(id: string): Promise<Identity> {
    const stored = await this.externals.find(id);
    if (stored?.deletedAt !== undefined) throw barred('deleted');
    const { userUUID: UUID, username: Username } = stored ?? {};
    if (UUID === undefined || Username === undefined) throw new AppError('USER_NOT_FOUND');
    return { UUID, Username };
  }

  /** The users service hears of a deletion later than the bar is set. */
  private async refuseBarred(userUUID: string): Promise<void> {
    const bar = firstBar(await this.sessions.bars(userUUID));
    if (bar !== undefined) throw barred(bar);
  }
}
