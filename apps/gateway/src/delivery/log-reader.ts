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
import { MASTER_OF, type MasterOf, PageSlots } from './masters.js';

/** Entries of one page at most, as the contract says. */
export const PAGE_ENTRIES = 100;

/** Injection token of the {@link LogReader}. */
export const LOG_READER = Symbol('log reader');

/** Takes where a log stands, or the error with which it could not be read. */
export type TakeHead = (place: number, head: LogPosition | AppError) => void;

/** Reads logs. A log that does not exist, or that Redis has lost whole, is an empty one. */
export interface LogReader {
  /** The frames above `after`, as many as one page takes, with the head for a reader that counts in `epoch`. */
  read(log: LogId, after: number, epoch: ReaderEpoch): Promise<LogPage>;
  /** Passes on where logs stand, at most 500, each as soon as it is known. Rejects with the error of those that are left. */
  check(logs: readonly LogId[], take: TakeHead): Promise<void>;
}

/** Reads logs by asking the channels service, for each master a bounded number of pages at a time. */
@Injectable()
export class ChannelLogReader implements LogReader {
  private readonly slots: PageSlots;

  constructor(
    @Inject(clientOf('channels')) private readonly channels: ServiceClient<ChannelsContract>,
    @Inject(MASTER_OF) masterOf: MasterOf,
  ) {
    this.slots = new PageSlots(masterOf);
  }

  read(log: LogId, after: number, epoch: ReaderEpoch): Promise<LogPage> {
    return this.slots.run(log, async () => {
      try {
        return headFor(epoch, await this.page(log, after, epoch));
      } catch (error) {
        // The version before answers so for an empty log.
        if (error instanceof AppError && error.name === 'CHANNEL_NOT_FOUND')
          return { ...emptyHead(epoch), frames: [] };
        throw error;
      }
    });
  }

  check(logs: readonly LogId[], take: TakeHead): Promise<void> {
    return this.channels.askEach(
      'channels.check',
      { logs },
      {
        ...{ isRepeatable: true, count: logs.length },
        // The version before answers `null` for an empty log.
        take: (place, outcome) =>
          take(place, 'head' in outcome ? (outcome.head ?? emptyHead(null)) : outcome),
        whole: ({ heads }) => heads.map((head) => ({ head })),
      },
    );
  }

  private page(log: LogId, after: number, epoch: ReaderEpoch) {
    return this.channels.askPage('channels.readLog', PAGE_ENTRIES, (size) => ({
      ...{ log, after, epoch },
      ...(size < PAGE_ENTRIES && { upTo: after + size }),
    }));
  }
}
