import { readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { OwnRedis } from '@parley/testing';
import { Redis } from 'ioredis';

/** Time between two looks at what Redis has not handed to the file yet, in milliseconds. */
const LOOK_EVERY_MS = 10;

/** The file that a Redis appends its writes to, to be cut as a failing power supply would cut it. */
export class TornFile {
  private constructor(
    private readonly path: string,
    private readonly bytes: number,
    /** What is written since then may be lost, in ms since 1970. */
    readonly since: number,
  ) {}

  /** Notes how long the file is now. */
  static async mark({ url, folder }: Pick<OwnRedis, 'url' | 'folder'>): Promise<TornFile> {
    const appendOnly = join(folder, 'appendonlydir');
    const name = (await readdir(appendOnly)).find((each) => each.endsWith('.incr.aof'))!;
    const path = join(appendOnly, name);
    const since = await whenHandedOver(url);
    return new TornFile(path, (await stat(path)).size, since);
  }

  /** Cuts off whatever was written since the mark; Redis must have ended. */
  tear(): Promise<void> {
    return truncate(this.path, this.bytes);
  }
}

/**
 * Waits until Redis has handed everything that it carried out to the file: while the disk is busy it puts that off for up
 * to 2 s. @returns a moment, in ms since 1970, before which whatever was carried out is in the file.
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
