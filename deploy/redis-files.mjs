// node redis-files.mjs <folder>: writes Redis's user files. REDIS_<USER>_PASSWORD holds each user's password.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aclLines, aclPassword, COMPANIONS, OPERATOR, REDIS_USERS } from '@parley/redis';

const folder = process.argv[2];
const companions = Object.entries(COMPANIONS);
const users = [...REDIS_USERS, 'admin', ...companions.map(([user]) => user)];
const passwords = Object.fromEntries(users.map((user) => [user, passwordOf(user)]));
// An .env of the release before has none; there is no such user then. Kept for one release longer.
passwords[OPERATOR] = process.env.REDIS_OPERATOR_PASSWORD;
const others = companions.map(
  ([user, rules]) => `user ${user} on ${aclPassword(passwords[user])} ${rules}\n`,
);
const replication = `masteruser replica\nmasterauth ${passwords.replica}\n`;

await writeFile(
  join(folder, 'users.acl'),
  aclLines(process.env.REDIS_PREFIX || 'chat', passwords) + others.join(''),
);
await writeFile(join(folder, 'replication.conf'), replication);

function passwordOf(user) {
  const name = `REDIS_${user.toUpperCase()}_PASSWORD`;
  if (process.env[name]) return process.env[name];
  console.error(`${name} is not set`);
  process.exit(1);
}
