import { Inject, Injectable } from '@nestjs/common';
import { type ChannelsContract, headFor, type LogHead, type LogId, type LogPage } from '@parley/contracts';
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
    return this.limit(async () => headFor(null, await this.channels.ask('channels.readLog', { log, after })));
  }

  async check(logs: readonly LogId[]): Promise<readonly (LogHead | null)[]> {
    const { heads } = await this.channels.ask('channels.check', { logs });
    return heads.map((head) => head && headFor(null, head));
  }
}
