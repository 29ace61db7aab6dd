import { Inject, Injectable } from '@nestjs/common';
import type { LogPage } from '@parley/contracts';
import { withinWaking } from '../pacing/waking-clock.js';
import type { Connection } from '../socket/connection.js';
import { textFrame } from '../socket/text-frame.js';
import { isForCounters } from './for-counters.js';
import { LOG_READER, type LogReader } from './log-reader.js';
import { isMember, type Membership } from './membership.js';

/** How long a client may accept none of the bytes that wait for it, in milliseconds, before it is closed with 4008. */
export const STALLED_MS = 10_000;

/** Injection token of {@link CatchUpOptions}. */
export const CATCH_UP_OPTIONS = Symbol('catch-up options');

export interface CatchUpOptions {
  /** Bytes that may wait for a client; the next frame is sent once no more than a quarter of that waits. */
  readonly maxBufferedBytes: number;
  readonly stalledMs?: number;
}

/**
 * Sends members what they miss, page by page from the log straight to the socket, as fast as the client reads. A
 * client that is far behind therefore costs one page of memory.
 */
@Injectable()
export class CatchUp {
  constructor(
    @Inject(LOG_READER) private readonly reader: LogReader,
    @Inject(CATCH_UP_OPTIONS) private readonly options: CatchUpOptions,
  ) {}

  /**
   * Reads the next page after what a member has, for its epoch.
   * @throws AppError as {@link LogReader.read}.
   */
  read(member: Membership): Promise<LogPage> {
    return this.reader.read(member.log.id, member.after, member.epoch);
  }

  /** Sends the frames of a page, as fast as the client reads. */
  async send(member: Membership, page: LogPage): Promise<void> {
    for (const { seq, json } of page.frames) {
      await this.room(member.connection);
      if (!isMember(member)) continue;
      const text = Buffer.from(json);
      const forCounters = isForCounters(seq, text);
      const frame = textFrame(text);
      if (member.gets(forCounters)) member.connection.countAnswered(frame.length);
      member.deliver(seq, frame, forCounters);
    }
  }

  /** Resolves when the client has accepted most of what waits for it. */
  private async room(connection: Connection): Promise<void> {
    const { maxBufferedBytes, stalledMs = STALLED_MS } = this.options;
    while (connection.isOpen && connection.bufferedBytes > maxBufferedBytes / 4) {
      const before = connection.bufferedBytes;
      const isDrained = await withinWaking(stalledMs, connection.drained()).then(
        () => true,
        () => false,
      );
      if (isDrained) return;
      if (connection.bufferedBytes >= before) connection.tooSlow();
    }
  }
}
