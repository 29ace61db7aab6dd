import { GENERAL_CHANNEL } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { groupBy } from '../group-by.js';
import type { ChannelKeys } from '../redis/keys.js';
import type { CountedPosition } from '../redis/log-state.js';
import { noteReads } from './redis/note-reads.js';

/** How long after a post its author's position is written at the latest, in milliseconds. */
export const POSTED_READS_MS = 2_000;
/** Positions that one step of Redis notes at most: about 0.3 ms of its time. */
const NOTED_AT_ONCE = 128;

/**
 * Who posts to the general channel has read it. The posts of a crowd cost Redis the least that they can, so the authors' positions are
 * written together, once for all that an author has posted meanwhile. A replica that is killed loses those of the last
 * {@link POSTED_READS_MS}: then an author's own newest messages count as unread until the author posts, joins or reads again.
 */
export class PostedReads {
  private waiting = new Map<string, CountedPosition>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
  ) {}

  note(user: string, position: CountedPosition): void {
    this.waiting.set(user, position);
    this.timer ??= setTimeout(() => void this.write(), POSTED_READS_MS).unref();
  }

  /** Writes what waits. What Redis does not take is dropped. Never rejects. */
  async write(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const byEpoch = groupBy([...this.waiting], ([, { epoch }]) => epoch);
    this.waiting = new Map();
    for (const [epoch, reads] of byEpoch) {
      for (let at = 0; at < reads.length; at += NOTED_AT_ONCE) {
        const some = { channelUUID: GENERAL_CHANNEL, epoch, reads: reads.slice(at, at + NOTED_AT_ONCE) };
        await noteReads(this.redis, this.keys, some).catch(() => {});
      }
    }
  }
}
