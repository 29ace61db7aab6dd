import { readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { OwnRedis } from '@parley/testing';
import { Redis } from 'ioredis';

/** How often Redis is asked whether writes still wait for the file, in milliseconds. */
const LOOK_EVERY_MS = 10;

/** A Redis's append-only file, which a test truncates as a power failure would. */
export class TornFile {
  private constructor(
    private readonly path: string,
    private readonly bytes: number,
    /** Writes after this moment may be lost, in ms since 1970. */
    readonly since: number,
  ) {}

  /** Notes the file's length. */
  static async mark({ url, folder }: Pick<OwnRedis, 'url' | 'folder'>): Promise<TornFile> {
    const appendOnly = join(folder, 'appendonlydir');
    const name = (await readdir(appendOnly)).find((each) => each.endsWith('.incr.aof'))!;
    const path = join(appendOnly, name);
    const since = await whenHandedOver(url);
    return new TornFile(path, (await stat(path)).size, since);
  }

  /** Cuts off everything written since the mark. Redis must have ended. */
  tear(): Promise<void> {
    return truncate(this.path, this.bytes);
  }
}

/**
 * Waits until no write waits for the file: Redis delays writes for up to 2 s while the disk is busy.
 * @returns a moment, in ms since 1970. Every write before it is in the file.
 */
async function whenHandedOver(url: string): Promise<number> {
  const redis = new Redis(url);
  try {
    for (;;) {
      const asked = Date.now();
      if (/^aof_buffer_length:0\r?$/m.test(await redis.info('persistence'))) return asked;
      await delay(LOOK_EVERY_MS);
    }
  } finally {
    redis.disconnect();
  }
}
