import { Inject } from '@nestjs/common';
import type { AuthContract, DatedUser, Secrets, UsersContract } from '@parley/contracts';
import { AppError, LIMITS, usernameKey } from '@parley/protocol';
import type { RestAnswer, RestAsked } from '@parley/protocol/rest';
import { clientOf, ServiceClient } from '@parley/service-kit';
import { Proofs } from '../users/proofs.js';
import { SignIns } from '../users/sign-ins.js';
import { TokenSignIns } from '../users/token-sign-ins.js';
import type { Caller } from './caller.js';
import { Created } from './created.js';
import { Asked, By, Operation, RestController } from './operation.decorator.js';
import { whileInProgress, writeOnce } from './write-once.js';

/** Users: creating, reading and listing them, and what they do to their own accounts. */
@RestController()
export class UsersController {
  constructor(
    @Inject(clientOf('auth')) private readonly auth: ServiceClient<AuthContract>,
    @Inject(clientOf('users')) private readonly users: ServiceClient<UsersContract>,
    private readonly signIns: SignIns,
    private readonly proofs: Proofs,
    private readonly tokens: TokenSignIns,
  ) {}

  /**
   * A sign-up opens a session, which is ended: its key is sealed to this request, and a repetition at another gateway could not give it
   * again. A repetition is recognised at the same network only, so that a key that others guess tells them of nobody.
   */
  @Operation('createUser')
  async create(
    @Asked() { body: { username, password } }: RestAsked<'createUser'>,
    @By() by: Caller,
  ): Promise<Created<RestAnswer<'createUser'>>> {
    const { address } = by;
    const key = by.requestKey(usernameKey(username), address);
    const { user, sessionId } = await whileInProgress(this.auth.deadlineMs, () =>
      this.signIns.create({ username, password, address }, keysFrom(key)),
    );
    const session = { userUUID: user.UUID, sessionId };
    await writeOnce(this.auth, 'auth.signOut', session, by.requestKey('signOut', sessionId));
    const { UUID, Username } = user;
    return new Created({ UUID, Username, OnLine: false }, `/users/${UUID}`);
  }

  @Operation('listUsers')
  async list(@Asked() { query }: RestAsked<'listUsers'>): Promise<RestAnswer<'listUsers'>> {
    const { prefix, cursor, limit = LIMITS.usersPerPage } = query;
    const page = await (prefix === undefined
      ? this.users.askPage('users.page', limit, (size) => ({ cursor, limit: size, dated: true }))
      : this.users.askPage('users.search', limit, (size) => ({
          ...{ prefix, cursor, limit: size, dated: true },
        })));
    return { users: [...page.users], cursor: page.cursor };
  }

  @Operation('getUser')
  async get(
    @Asked() { params: { userUUID } }: RestAsked<'getUser'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'getUser'>> {
    return this.find(userUUID === 'me' ? by.user.UUID : userUUID);
  }

  @Operation('changePassword')
  async changePassword(
    @Asked() { body }: RestAsked<'changePassword'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'changePassword'>> {
    const secrets = { password: body.old, newPassword: body.new };
    const { ended } = await this.prove('auth.changePassword', by, secrets);
    return { ended };
  }

  @Operation('deleteAccount')
  async deleteAccount(@Asked() { body }: RestAsked<'deleteAccount'>, @By() by: Caller): Promise<void> {
    if (!('token' in body)) {
      await this.prove('auth.deleteAccount', by, body);
      return;
    }
    const { user, address } = by;
    const key = by.requestKey();
    await whileInProgress(this.auth.deadlineMs, () =>
      this.tokens.deleteAccount(user, { ...body, address }, keysFrom(key)),
    );
  }

  /** Asks auth for what needs the caller's password once more, which is sealed to auth. */
  private prove<P extends 'auth.changePassword' | 'auth.deleteAccount'>(
    pattern: P,
    by: Caller,
    secrets: Secrets,
  ) {
    const { user, sessionId, address } = by;
    if (sessionId === undefined) throw new AppError('FORBIDDEN', { message: NO_PASSWORD });
    const key = by.requestKey();
    return whileInProgress(this.auth.deadlineMs, () =>
      this.proofs.ask(pattern, { user, sessionId, address }, secrets, keysFrom(key)),
    );
  }

  private async find(UUID: string): Promise<DatedUser> {
    const { users } = await this.users.ask('users.lookup', {
      UUIDs: [UUID],
      dated: true,
      withProfiles: true,
    });
    const [user] = users;
    if (user === undefined) throw new AppError('USER_NOT_FOUND');
    return user;
  }
}

/** Who brings a token has an account of the identity provider. */
const NO_PASSWORD = 'This account has no password.';

/** Gives the idempotency keys of one request: a first one, and others for the further keys of auth that it is sealed to. */
function keysFrom(key: string): () => string {
  let given = 0;
  return () => {
    given += 1;
    return given === 1 ? key : `${key}:${given}`;
  };
}
