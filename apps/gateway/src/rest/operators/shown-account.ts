import { isBot, type StoredAccount } from '@parley/contracts';
import type { RestAnswer } from '@parley/protocol/rest';

/** An account as operators' keys read it. */
export function accountOf({
  user,
  createdAt,
  bars,
  total,
  external,
}: StoredAccount & { readonly total: number }): RestAnswer<'getAccount'> {
  const bot = isBot(user.UUID);
  return {
    ...{ userUUID: user.UUID, username: user.Username, createdAt: timeOf(createdAt), sessions: total },
    ...(bot && { bot: true as const }),
    ...(bars.banned !== undefined && { banned: timeOf(bars.banned) }),
    ...(bars.disabled !== undefined && { disabled: timeOf(bars.disabled) }),
    // A bot is a user of no identity provider but our own.
    ...(external && !bot && { external: { issuer: external.issuer, sub: external.subject } }),
  };
}

/** RFC 3339 in UTC. */
export const timeOf = (ms: number): string => new Date(ms).toISOString();
