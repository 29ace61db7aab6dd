import { createHash } from 'node:crypto';
import { aclUsers, REDIS_USERS, type RedisUser } from './acl.js';

/** The users of a Redis that is not alone, with what each may do. */
export const COMPANIONS = {
  /** A replica, at its master. */
  replica: '-@all +psync +replconf +ping',
  /** Redis's documentation, "High availability with Redis Sentinel", the section on ACLs. */
  sentinel:
    'allchannels -@all +multi +slaveof +ping +exec +subscribe +config|rewrite +role +publish +info +client|setname +client|kill +script|kill',
} as const;

/** A password as an ACL rule has it. */
export const aclPassword = (password: string) => `#${createHash('sha256').update(password).digest('hex')}`;

/** The ACL file of a Redis for these services: each one's user, and an admin. Passwords are hashed in it. */
export function aclLines(prefix: string, passwords: Readonly<Record<RedisUser | 'admin', string>>): string {
  const rules = aclUsers(prefix);
  const lines = [
    // Off: nobody connects as this user. But Redis replays its AOF as it (redis/redis #14541), and without rights it skips,
    // silently, each MULTI … EXEC of the file: what every script with more than one write leaves there.
    'user default off ~* &* +@all',
    `user admin on ${aclPassword(passwords.admin)} ~* &* +@all`,
    ...REDIS_USERS.map((user) => `user ${user} on ${aclPassword(passwords[user])} ${rules[user].join(' ')}`),
  ];
  return `${lines.join('\n')}\n`;
}
