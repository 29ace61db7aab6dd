import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newPrivateKey } from '@parley/contracts';
import { OPERATOR, REDIS_USERS, type RedisUser } from '@parley/redis';
import { z } from 'zod';

/** Generated once for a data folder and the same at every start. */
export interface Secrets {
  /** As auth's setting AUTH_PRIVATE_KEYS. */
  authPrivateKeys: string;
  /** 32 bytes, base64. Not used: without it, the release before does not start on this folder. Kept for one release longer. */
  sealingKey: string;
  /** The passwords of the Redis users. */
  passwords: Record<RedisUser | typeof OPERATOR | 'admin', string>;
}

const users = [...REDIS_USERS, OPERATOR, 'admin'] as const;
/** A folder of an earlier release lacks the newer ones. */
const kept = z.object({
  authPrivateKeys: z.string().optional(),
  sealingKey: z.string(),
  passwords: z.partialRecord(z.enum(users), z.string()),
});

/**
 * Reads the folder's secrets, or creates them so that only this user can read them; those that a release before did not
 * have are added. The caller holds the folder's lock.
 */
export async function keepSecrets(folder: string): Promise<Secrets> {
  const file = join(folder, 'secrets.json');
  const stored = await readSecrets(folder);
  const fresh = newSecrets();
  const secrets = { ...fresh, ...stored, passwords: { ...fresh.passwords, ...stored?.passwords } };
  if (JSON.stringify(secrets) === JSON.stringify(stored)) return secrets;
  await mkdir(folder, { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return secrets;
}

/**
 * Reads the folder's secrets; undefined if there are none.
 * @throws Error if they cannot be used. A damaged file must not silently replace secrets that are in use.
 */
export async function readSecrets(folder: string): Promise<z.output<typeof kept> | undefined> {
  const file = join(folder, 'secrets.json');
  try {
    return kept.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`${file} cannot be used`, { cause: error });
  }
}

const newSecrets = (): Secrets => ({
  authPrivateKeys: newPrivateKey(randomBytes(4).toString('hex')),
  sealingKey: randomBytes(32).toString('base64'),
  passwords: Object.fromEntries(
    users.map((user) => [user, randomBytes(32).toString('base64url')]),
  ) as Secrets['passwords'],
});
