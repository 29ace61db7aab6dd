import { Injectable } from '@nestjs/common';
import type {
  Bar,
  ByKeyRequest,
  Identity,
  KeyOperations,
  ProvisionedUser,
  ProvisionOutcome,
} from '@parley/contracts';
import { AppError, type KeyScope, LIMITS } from '@parley/protocol';
import { AccountsService } from '../accounts/accounts.service.js';
import { OwnAccountService } from '../accounts/own-account.service.js';
import { Provisioning } from '../tokens/provisioning.js';
import { AnnouncementsService } from './announcements.service.js';
import { AuditRepository } from './audit.repository.js';
import { BotsService } from './bots.service.js';
import { KeyOpening } from './key-opening.service.js';
import { KeysService } from './keys.service.js';
import { KnownUsers } from './known-users.js';
import type { StoredKey } from './redis/open-key.js';

/** What a key needs for each operation. */
const SCOPES: Readonly<Record<keyof KeyOperations, KeyScope>> = {
  createKey: 'keys',
  createBot: 'keys',
  listKeys: 'keys',
  revokeKey: 'keys',
  readAudit: 'keys',
  announce: 'announce',
  provisionUsers: 'users:write',
  getAccount: 'users:read',
  deleteUser: 'users:write',
  bar: 'users:write',
  unbar: 'users:write',
  listSessions: 'sessions',
  endSessions: 'sessions',
};

/** Who asks for an operation, and how often it may come. */
interface Asking {
  readonly key: StoredKey;
  /** Names the request: the same each time it is handled, and different for every other request. */
  readonly requestKey: string;
}

type Run<O extends keyof KeyOperations> = (
  request: KeyOperations[O]['request'],
  asking: Asking,
) => Promise<KeyOperations[O]['reply']>;

/**
 * Does what operators' keys ask for over gateways. Operators' commands have streams that no gateway may write to; a gateway has to
 * bring proof of a key for each operation, and the key the scope.
 */
@Injectable()
export class ByKey {
  private readonly operations: { readonly [O in keyof KeyOperations]: Run<O> } = {
    createKey: (request, { key }) => this.keys.create(request, makerOf(key), key.scopes),
    createBot: (request, { key, requestKey }) => this.bots.create(request, requestKey, makerOf(key)),
    listKeys: async () => ({ keys: await this.keys.list() }),
    revokeKey: ({ id }) => this.keys.revoke(id),
    readAudit: (request) => this.audit.page(request),
    announce: ({ text }) => this.announcements.announce(text),
    provisionUsers: ({ users }, { requestKey }) => this.provisionAll(users, requestKey),
    getAccount: (request) => this.account(request),
    deleteUser: async ({ userUUID }, { requestKey }) => {
      const { Username } = await this.users.named(userUUID);
      const { ended } = await this.accounts.remove(Username, requestKey, userUUID);
      return { ended };
    },
    bar: (request) => this.bar(request),
    unbar: async ({ userUUID, bar }) => {
      const { Username } = await this.users.named(userUUID);
      const { wasBarred } = await this.accounts.unbar(Username, bar, userUUID);
      return { wasBarred };
    },
    listSessions: async ({ userUUID }) => {
      await this.users.named(userUUID);
      return this.own.sessions(userUUID);
    },
    endSessions: async ({ userUUID, sessionUUIDs }) => {
      await this.users.named(userUUID);
      return { ended: await this.own.endSessions(userUUID, sessionUUIDs) };
    },
  };

  constructor(
    private readonly opening: KeyOpening,
    private readonly keys: KeysService,
    private readonly bots: BotsService,
    private readonly audit: AuditRepository,
    private readonly announcements: AnnouncementsService,
    private readonly provisioning: Provisioning,
    private readonly accounts: AccountsService,
    private readonly own: OwnAccountService,
    private readonly users: KnownUsers,
  ) {}

  /**
   * Does an operation, as often as it comes with the same effect.
   * @throws AppError WRONG_TOKEN, FORBIDDEN; UNAVAILABLE for an operation of a later release; and those of the operation.
   */
  async run({ key: ref, operation, request }: ByKeyRequest, requestKey: string): Promise<unknown> {
    if (!isOperation(operation)) throw new AppError('UNAVAILABLE');
    const key = await this.opening.proveFor(ref, SCOPES[operation]);
    return (this.operations[operation] as Run<keyof KeyOperations>)(request as never, { key, requestKey });
  }

  private async provisionAll(
    users: readonly ProvisionedUser[],
    requestKey: string,
  ): Promise<{ users: ProvisionOutcome[] }> {
    if (users.length > LIMITS.provisionedAtOnce)
      throw new AppError('INVALID_FIELD', { message: `users: expected at most ${LIMITS.provisionedAtOnce}` });
    const outcomes = await Promise.all(
      users.map((user, place) => this.provision(user, `${requestKey}:${place}`)),
    );
    return { users: outcomes };
  }

  private async provision(user: ProvisionedUser, requestKey: string): Promise<ProvisionOutcome> {
    try {
      return await this.provisioning.provision(user, requestKey);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return { error: error.name, message: error.message };
    }
  }

  private async account({ userUUID }: { readonly userUUID: string }) {
    const { Username } = await this.users.named(userUUID);
    const [account, { total }] = await Promise.all([
      this.accounts.stored(Username, userUUID),
      this.own.sessions(userUUID),
    ]);
    return { ...account, total };
  }

  private async bar({ userUUID, bar }: { readonly userUUID: string; readonly bar: Bar }) {
    const { Username }: Identity = await this.users.named(userUUID);
    const { ended } = await this.accounts.bar(Username, bar, userUUID);
    return { ended };
  }
}

const isOperation = (name: string): name is keyof KeyOperations => Object.hasOwn(SCOPES, name);

/** A key as the maker of another one. */
const makerOf = ({ id, name }: StoredKey): string => `${name} (${id})`;
