import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REDIS_USERS, type RedisUser } from '@parley/redis';
import { z } from 'zod';

/** Generated once for a data folder and the same at every start. */
export interface Secrets {
  /** 32 bytes, base64. */
  sealingKey: string;
  /** The passwords of the Redis users. */
  passwords: Record<RedisUser | 'admin', string>;
}

const users = [...REDIS_USERS, 'admin'] as const;
const kept = z.object({ sealingKey: z.string(), passwords: z.record(z.enum(users), z.string()) });

/**
 * Reads the folder's secrets, or creates them so that only this user can read them. The caller holds the folder's
 * lock.
 */
export async function keepSecrets(folder: string): Promise<Secrets> {
  const file = join(folder, 'secrets.json');
  try {
    return kept.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    // Any other fault (no permission, a damaged file) must not silently replace the key that sealed existing data.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new Error(`${file} cannot be used`, { cause: error });
    }
  }
  const secrets = {
    sealingKey: randomBytes(32).toString('base64'),
    passwords: Object.fromEntries(users.map((user) => [user, randomBytes(32).toString('base64url')])),
  } as Secrets;
  await mkdir(folder, { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return secrets;
}
