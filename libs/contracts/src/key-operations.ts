import type { SessionSummary } from './auth.js';
import type { Contract } from './contract.js';
import type {
  Announcement,
  AuditPage,
  AuditRequest,
  BotReply,
  CreateBotRequest,
  CreateKeyRequest,
  KeySummary,
  RevokedKey,
} from './keys.js';
import type { Bar, StoredAccount } from './operators.js';
import type { ProvisionedUser } from './tokens.js';
import type { Identity } from './users.js';

/** What an operator's key may ask of auth, by the name of the operation. Users are named by their UUIDs. Errors: USER_NOT_FOUND. */
export type KeyOperations = {
  readonly createKey: Contract<CreateKeyRequest, KeySummary>;
  readonly createBot: Contract<CreateBotRequest, BotReply>;
  readonly listKeys: Contract<Record<string, never>, { readonly keys: readonly KeySummary[] }>;
  readonly revokeKey: Contract<{ readonly id: string }, RevokedKey>;
  readonly readAudit: Contract<AuditRequest, AuditPage>;
  readonly announce: Contract<{ readonly text: string }, Announcement>;
  readonly provisionUsers: Contract<
    { readonly users: readonly ProvisionedUser[] },
    { readonly users: readonly ProvisionOutcome[] }
  >;
  readonly getAccount: Contract<{ readonly userUUID: string }, StoredAccount & { readonly total: number }>;
  readonly deleteUser: Contract<{ readonly userUUID: string }, { readonly ended: number }>;
  readonly bar: Contract<{ readonly userUUID: string; readonly bar: Bar }, { readonly ended: number }>;
  readonly unbar: Contract<{ readonly userUUID: string; readonly bar: Bar }, { readonly wasBarred: boolean }>;
  readonly listSessions: Contract<
    { readonly userUUID: string },
    { readonly total: number; readonly sessions: readonly SessionSummary[] }
  >;
  readonly endSessions: Contract<
    { readonly userUUID: string; readonly sessionUUIDs?: readonly string[] | undefined },
    { readonly ended: number }
  >;
};

/** What has become of one user who was to be provisioned. */
export type ProvisionOutcome =
  | { readonly user: Identity; readonly created: boolean }
  | { readonly error: string; readonly message: string };
