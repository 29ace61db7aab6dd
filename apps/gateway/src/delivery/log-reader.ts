import type { ChannelsContract, LogHead, LogId, LogPage } from '@parley/contracts';
import type { ServiceClient } from '@parley/service-kit';

/** Pages that one gateway reads at the same time: about 4 MiB of them, and no more load however many fall behind. */
const READS_AT_ONCE = 16;

/** Reads logs. */
export interface LogReader {
  /** The frames above `after`, as many as one page takes. Errors: CHANNEL_NOT_FOUND, when there is no such log. */
  read(log: LogId, after: number): Promise<LogPage>;
  /** Where logs stand; `null` for one that does not exist. At most 500. */
  check(logs: readonly LogId[]): Promise<readonly (LogHead | null)[]>;
}

/** Reads logs by way of the channels service, a bounded number of pages at a time. */
export class ChannelLogReader implements LogReader {
  private reading = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly channels: ServiceClient<ChannelsContract>) {}

  async read(log: LogId, after: number): Promise<LogPage> {
    await this.turn();
    try {
      return await this.channels.ask('channels.readLog', { log, after });
    } finally {
      this.done();
    }
  }

  async check(logs: readonly LogId[]): Promise<readonly (LogHead | null)[]> {
    return (await this.channels.ask('channels.check', { logs })).heads;
  }

  private async turn(): Promise<void> {
    if (this.reading < READS_AT_ONCE) this.reading += 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private done(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.reading -= 1;
    else next();
  }
}
