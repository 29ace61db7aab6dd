import { Inject, Injectable } from '@nestjs/common';
import type { ChannelsContract, LogHead, LogId, LogPage } from '@parley/contracts';
import { clientOf, type ServiceClient } from '@parley/service-kit';
import pLimit from 'p-limit';

/**
 * The most pages that one gateway reads at the same time. They hold about 4 MiB, and the load stays the same however
 * many members fall behind.
 */
export const READS_AT_ONCE = 16;

/** Injection token of the {@link LogReader}. */
export const LOG_READER = Symbol('log reader');

/** Reads logs. */
export interface LogReader {
  /** The frames above `after`, as many as one page takes. Errors: CHANNEL_NOT_FOUND, when there is no such log. */
  read(log: LogId, after: number): Promise<LogPage>;
  /** Where logs stand; `null` for one that does not exist. At most 500. */
  check(logs: readonly LogId[]): Promise<readonly (LogHead | null)[]>;
}

/** Reads logs by asking the channels service, a bounded number of pages at a time. */
@Injectable()
export class ChannelLogReader implements LogReader {
  private readonly limit = pLimit(READS_AT_ONCE);

  constructor(@Inject(clientOf('channels')) private readonly channels: ServiceClient<ChannelsContract>) {}

  read(log: LogId, after: number): Promise<LogPage> {
    return this.limit(() => this.channels.ask('channels.readLog', { log, after }));
  }

  async check(logs: readonly LogId[]): Promise<readonly (LogHead | null)[]> {
    return (await this.channels.ask('channels.check', { logs })).heads;
  }
}
