import { Inject, Injectable } from '@nestjs/common';
import {
  type ChannelsContract,
  emptyHead,
  headFor,
  type LogId,
  type LogPage,
  type LogPosition,
  type ReaderEpoch,
} from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { clientOf, type ServiceClient } from '@parley/service-kit';
import pLimit from 'p-limit';

/**
 * The most pages that one gateway reads at the same time. They hold about 4 MiB, and the load stays the same however
 * many members fall behind.
 */
export const READS_AT_ONCE = 16;

/** Injection token of the {@link LogReader}. */
export const LOG_READER = Symbol('log reader');

/** Reads logs. A log that does not exist, or that Redis has lost whole, is an empty one. */
export interface LogReader {
  /** The frames above `after`, as many as one page takes, with the head for a reader that counts in `epoch`. */
  read(log: LogId, after: number, epoch: ReaderEpoch): Promise<LogPage>;
  /** Where logs stand, at most 500. */
  check(logs: readonly LogId[]): Promise<readonly LogPosition[]>;
}

/** Reads logs by asking the channels service, a bounded number of pages at a time. */
@Injectable()
export class ChannelLogReader implements LogReader {
  private readonly limit = pLimit(READS_AT_ONCE);

  constructor(@Inject(clientOf('channels')) private readonly channels: ServiceClient<ChannelsContract>) {}

  read(log: LogId, after: number, epoch: ReaderEpoch): Promise<LogPage> {
    return this.limit(async () => {
      try {
        return headFor(epoch, await this.channels.ask('channels.readLog', { log, after, epoch }));
      } catch (error) {
        // The version before answers so for an empty log.
        if (error instanceof AppError && error.name === 'CHANNEL_NOT_FOUND')
          return { ...emptyHead(epoch), frames: [] };
        throw error;
      }
    });
  }

  async check(logs: readonly LogId[]): Promise<readonly LogPosition[]> {
    const { heads } = await this.channels.ask('channels.check', { logs });
    // The version before answers `null` for an empty log.
    return heads.map((head) => head ?? emptyHead(null));
  }
}
