import { createHash } from 'node:crypto';
import { aclUsers, OPERATOR, REDIS_USERS, type RedisUser } from './acl.js';

/** The users of a Redis with replicas or Sentinels, and their rights. */
export const COMPANIONS = {
  /** A replica, on its master. */
  replica: '-@all +psync +replconf +ping',
  /** From Redis's documentation, "High availability with Redis Sentinel", section on ACLs. */
  sentinel:
    'allchannels -@all +multi +slaveof +ping +exec +subscribe +config|rewrite +role +publish +info +client|setname +client|kill +script|kill',
} as const;

/** The users of a Sentinel, apart from the default one, and their rights. */
const SENTINEL_USERS = {
  /** The other Sentinels. */
  sentinel:
    '&__sentinel__:hello -@all +auth +hello +ping +publish +client|setname +sentinel|is-master-down-by-addr',
  /** Those who look for the master. */
  client:
    '&+switch-master -@all +auth +hello +ping +role +info +subscribe +unsubscribe +client|setname +client|id +sentinel|get-master-addr-by-name +sentinel|master +sentinel|replicas +sentinel|slaves +sentinel|sentinels',
  /** For the probes, which only see that it runs. */
  probe: 'nopass -@all +ping',
} as const;

/** A password as an ACL rule contains it. */
export const aclPassword = (password: string) => `#${createHash('sha256').update(password).digest('hex')}`;

/** The passwords of the users in an ACL file. Without one for the operator, there is no such user. */
export type AclPasswords = Readonly<
  Record<RedisUser | 'admin', string> & { [OPERATOR]?: string | undefined }
>;

/**
 * Returns the lines of an ACL file: a user for each service, an admin, and the operator. It contains only hashes of the
 * passwords.
 */
export function aclLines(prefix: string, passwords: AclPasswords): string {
  const rules = aclUsers(prefix);
  const operator = passwords[OPERATOR];
  const lines = [
    // Off: nobody connects as this user. But Redis replays its AOF as this user (redis/redis #14541). Without rights it
    // silently skips each MULTI … EXEC of the file, which every script with more than one write leaves there.
    'user default off ~* &* +@all',
    `user admin on ${aclPassword(passwords.admin)} ~* &* +@all`,
    ...REDIS_USERS.map((user) => `user ${user} on ${aclPassword(passwords[user])} ${rules[user].join(' ')}`),
    ...(operator ? [`user ${OPERATOR} on ${aclPassword(operator)} ${rules[OPERATOR].join(' ')}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** The passwords of the Sentinels among each other, and of those who ask them. */
export interface SentinelPasswords {
  readonly sentinel: string;
  readonly client: string;
}

/**
 * Returns the lines of a Sentinel's ACL file. Nobody can change what it watches: an operator uses `redis-cli` in its container
 * with the file of its users, or replaces the Sentinel.
 * @param isOpen whether everybody may look for the master, as clients of a version without passwords do, while one runs.
 */
export function sentinelAclLines(passwords: SentinelPasswords, isOpen: boolean): string {
  const { sentinel, client, probe } = SENTINEL_USERS;
  const peers = sentinel.replace('&__sentinel__:hello -@all ', '');
  const lines = [
    isOpen
      ? `user default on nopass resetchannels &__sentinel__:hello ${client} ${peers}`
      : 'user default off',
    `user sentinel on ${aclPassword(passwords.sentinel)} ${sentinel}`,
    `user client on ${aclPassword(passwords.client)} ${client}`,
    `user probe on ${probe}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** What a Sentinel says to its master's Redis, and to other Sentinels. */
export const sentinelCredentials = (master: string, redis: string, peers: string): string =>
  `sentinel auth-user ${master} sentinel
sentinel auth-pass ${master} ${redis}
sentinel sentinel-user sentinel
sentinel sentinel-pass ${peers}
`;
