import { isUserLog, type LogFrame, type LogPage } from '@parley/contracts';
import type { ChannelEntries } from './channel-entries.js';
import type { UserEntries } from './user-entries.js';
import type { WebhookEvent } from './webhook-event.js';
import { UNKNOWN_EPOCH } from './webhook-position.js';
import type { WebhookSource } from './webhook-source.js';
import type { WebhooksRepository } from './webhooks.repository.js';

/** Events of one log that are looked up at once. */
const PAGE = 20;

/** Single events that an operator has sent again, each from its own log: in order within a log, without those around them. */
export class AgainEntries implements WebhookSource {
  readonly keepsPositions = false;

  constructor(
    private readonly name: string,
    private readonly repository: WebhooksRepository,
    private readonly channels: ChannelEntries,
    private readonly users: UserEntries,
  ) {}

  /** What is to be sent again counts, and no position: an operator may add an earlier event at any time. */
  async page(log: string): Promise<LogPage> {
    for (;;) {
      const seqs = await this.repository.againIn(this.name, log, PAGE + 1);
      const found = await this.entriesAt(log, seqs.slice(0, PAGE));
      const [first] = found;
      if (first === undefined && seqs.length > 0) continue;
      return {
        ...{ epoch: first?.epoch ?? UNKNOWN_EPOCH, seq: seqs.at(-1) ?? 0, first: 1, from: 0 },
        ...{ common: Number.MAX_SAFE_INTEGER, frames: found.map(({ frame }) => frame) },
      };
    }
  }

  /** Those that are still there. What is gone is not looked for again. */
  private async entriesAt(log: string, seqs: readonly number[]) {
    const found: { readonly epoch: string; readonly frame: LogFrame }[] = [];
    for (const seq of seqs) {
      const entry = await this.sourceOf(log).entry(log, seq);
      if (entry === undefined) await this.repository.againDone(this.name, { log, seq });
      else found.push(entry);
    }
    return found;
  }

  eventOf(log: string, epoch: string, frame: LogFrame): WebhookEvent {
    return this.sourceOf(log).eventOf(log, epoch, frame);
  }

  finish(log: string, { seq }: LogFrame): Promise<void> {
    return this.repository.againDone(this.name, { log, seq });
  }

  private sourceOf(log: string): ChannelEntries | UserEntries {
    return isUserLog(log) ? this.users : this.channels;
  }
}
