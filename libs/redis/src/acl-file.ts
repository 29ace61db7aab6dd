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
