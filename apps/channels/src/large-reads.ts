import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';

/** Bytes of the messages that one step of Redis reads at once, for one page or for all joins of the step: three of the longest. */
export const SLICE_BYTES = 72 * 1024;
/**
 * The pause after a slice, in milliseconds. A slice keeps Redis, this process and the gateway busy for about 1 ms each: the
 * pause leaves them five sixths of their time. A replica then reads 12 MB of large answers per second at most.
 */
export const SLICE_PAUSE_MS = 5;
/** The pause after a large read that has no slices, of up to 256 KiB. */
export const PAUSE_MS = 20;
/** How long a large read holds back the next one at most, in milliseconds: its master may be away. */
export const HOLDS_BACK_MS = 100;

/**
 * Large reads follow each other. All at once, they would keep Redis and the event loops busy for as long as all of them
 * take, and a post that comes meanwhile would wait for that at each step of its way. One by one, with a pause after
 * each, they let posts and small reads pass.
 */
@Injectable()
export class LargeReads {
  private readonly limit = pLimit(1);

  /** Reads when the large reads before it have had their time. Settles as `read` does. */
  next<Result>(read: () => Promise<Result>, pauseMs = PAUSE_MS): Promise<Result> {
    return new Promise((resolve, reject) => {
      void this.limit(async () => {
        const reading = read().then(resolve, reject);
        await Promise.race([reading, sleep(HOLDS_BACK_MS)]);
        await sleep(pauseMs);
      });
    });
  }

  /** A large read in slices. @param more reads one of them, and tells whether another follows. */
  inSlices(more: () => Promise<boolean>): Promise<void> {
    return this.next(async () => {
      while (await more()) await sleep(SLICE_PAUSE_MS);
    }, SLICE_PAUSE_MS);
  }

  /**
   * Reads a page at once if it fits in a slice, and otherwise as the next large read.
   * @param bytes the size of the page at most.
   * @param read reads as much as fits in so many bytes.
   * @param isCut whether more would have fit in a larger page.
   */
  async page<Page>(
    bytes: number,
    read: (bytes: number) => Promise<Page>,
    isCut: (page: Page) => boolean,
  ): Promise<Page> {
    const page = await read(SLICE_BYTES);
    return isCut(page) ? this.next(() => read(bytes)) : page;
  }
}
