import { CLOSE_CODES } from '@parley/protocol';
import type { Logger } from '@parley/service-kit';
import { untilDone } from '../pacing/retry.js';
import { within } from '../pacing/timeout.js';
import type { Connection } from '../socket/connection.js';
import { textFrame } from '../socket/text-frame.js';
import type { LogReader } from './log-reader.js';
import type { Membership } from './membership.js';

/** How long a client may take nothing at all of what waits for it, in milliseconds, before it is closed with 4008. */
const STALLED_MS = 10_000;
/** A member that is no further behind than one page holds what comes while the page is read. */
const PAGE_ENTRIES = 100;

export interface CatchUpOptions {
  /** Bytes that may wait for a client; a page is sent on when a quarter of that is left. */
  readonly maxBufferedBytes: number;
  readonly stalledMs?: number;
}

/**
 * Brings members to where their logs stand: page by page from the log straight to the socket, the next one when the
 * client has taken most of the one before. So a client far behind costs one page, and live frames that come
 * meanwhile are not kept but read when their turn comes, but for the last stretch.
 */
export class CatchUp {
  constructor(
    private readonly reader: LogReader,
    private readonly options: CatchUpOptions,
    private readonly logger: Logger,
  ) {}

  /** As `run` for each that is a member still, as often as it takes; a client for which it fails has to resume. Never rejects. */
  async goLive(...members: readonly (Membership | undefined)[]): Promise<void> {
    for (const member of members) {
      if (member === undefined || !isMember(member) || member.goLive()) continue;
      const isWhole = await untilDone(() => this.run(member)).catch((error: unknown) => {
        this.logger.warn({ err: error, log: member.log.id }, 'a member could not be brought to its log');
        return false;
      });
      if (!isWhole) member.connection.close(CLOSE_CODES.OUT_OF_STEP, 'resume');
    }
  }

  /**
   * Sends what lies between a member that is not live and its log, then lets it go live.
   * @returns whether everything was there; otherwise the member goes on from where the log stands.
   * @throws AppError as {@link LogReader.read}; the member is then as far as its `after` says.
   */
  async run(member: Membership): Promise<boolean> {
    let isWhole = true;
    while (isMember(member) && !member.goLive()) {
      if (member.log.seq - member.after > PAGE_ENTRIES) member.skip();
      else member.holdAnew();
      isWhole = (await this.sendPage(member)) && isWhole;
    }
    return isWhole;
  }

  private async sendPage(member: Membership): Promise<boolean> {
    const page = await this.reader.read(member.log.id, member.after);
    const [first] = page.frames;
    const isThere = first !== undefined && first.seq <= member.after + 1;
    if (page.epoch !== member.epoch || !isThere) {
      member.place(page.epoch, page.seq);
      member.log.enter(page.epoch, page.seq);
      return false;
    }
    for (const { seq, json } of page.frames) {
      await this.room(member.connection);
      if (isMember(member)) member.deliver(seq, textFrame(Buffer.from(json)));
    }
    return true;
  }

  private async room(connection: Connection): Promise<void> {
    const { maxBufferedBytes, stalledMs = STALLED_MS } = this.options;
    while (connection.isOpen && connection.bufferedBytes > maxBufferedBytes / 4) {
      const before = connection.bufferedBytes;
      const isDrained = await within(stalledMs, connection.drained()).then(
        () => true,
        () => false,
      );
      if (isDrained) return;
      if (connection.bufferedBytes >= before) connection.tooSlow();
    }
  }
}

const isMember = ({ roles, connection }: Membership): boolean => roles !== 0 && connection.isOpen;
