import type { LogFrame, LogPage } from '@parley/contracts';
import type { LogsRepository } from '../logs.repository.js';
import { eventOf, type WebhookEvent } from './webhook-event.js';
import { UNKNOWN_EPOCH, type WebhookPosition } from './webhook-position.js';
import type { WebhookSource } from './webhook-source.js';

/** The entries of channels: an entry is read from its channel's log when it is sent, so that no copy of a text is kept. */
export class ChannelEntries implements WebhookSource {
  readonly keepsPositions = true;

  constructor(private readonly logs: Pick<LogsRepository, 'page'>) {}

  async page(channelUUID: string, { epoch, seq }: WebhookPosition): Promise<LogPage> {
    const page = await this.logs.page(channelUUID, {
      ...{ after: seq, epoch: epoch === UNKNOWN_EPOCH ? null : epoch },
    });
    // Redis has lost the end of the log: it goes on where the two logs part, or where the new one begins.
    if (seq <= page.common) return page;
    const after = page.common < 0 ? page.from : page.common;
    return this.logs.page(channelUUID, { after, epoch: page.epoch });
  }

  /** The entry with this Seq; undefined where it is gone. */
  async entry(channelUUID: string, seq: number): Promise<{ epoch: string; frame: LogFrame } | undefined> {
    const page = await this.logs.page(channelUUID, { after: seq - 1, upTo: seq, epoch: null });
    const [frame] = page.frames;
    return frame?.seq === seq ? { epoch: page.epoch, frame } : undefined;
  }

  eventOf(channelUUID: string, epoch: string, frame: LogFrame): WebhookEvent {
    return eventOf(channelUUID, epoch, frame);
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }
}
