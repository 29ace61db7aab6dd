import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { EventPublisher, type Events, LOGGER, type Logger } from '@parley/service-kit';
import pRetry from 'p-retry';
import type { InboxMessage, ReadPosition } from './inbox/inbox-changes.js';
import type { Telling } from './inbox/telling.js';
import type { CursorTells } from './redis/append-inbox-items.js';

/** To one replica of the channels service: an inbox could not be changed, and is to be changed later. */
export const INBOX_BEHIND = 'channels.inboxBehind';

/**
 * The same of items for several users. A name of its own: replicas of the version before, which know only messages for one user, leave it to
 * others.
 */
export const INBOXES_BEHIND = 'channels.inboxesBehind';

/** A change of an inbox that is to be made. No text: the message is in its channel's log. */
export interface InboxBehind {
  readonly change: Omit<InboxMessage, 'json' | 'read'> | CursorBehind | Telling;
  /** How often it was tried before, after it had failed for the first time. */
  readonly tries: number;
}

/** A position that a user has read up to, but that is not noted yet. */
export interface CursorBehind {
  readonly recipient: string;
  readonly channelUUID: string;
  readonly position: ReadPosition;
  readonly tells?: CursorTells | undefined;
}

/** The pause before a further try, in milliseconds; it doubles with each. It holds a place among the service's events. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
/** Tries after which a change is given up: about a day of the longest pauses. */
const MOST_TRIES = 17_280;
/** Changes that a replica keeps at most while Redis takes no event, about 500 bytes each. */
export const CHANGES_KEPT = 10_000;

/** Changes of inboxes that failed: each is an event, so that it is made in the end whichever replica dies. */
@Injectable()
export class InboxCompletion {
  private kept = 0;

  constructor(
    @Inject(EventPublisher) private readonly events: Events,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Leaves a change for later. Resolves when that is certain. Rejects when Redis did not take the event: then this replica
   * keeps the change, and tries to store the event until it ends.
   */
  async later(change: InboxBehind['change'], tries = 0): Promise<void> {
    const behind: InboxBehind = { change, tries };
    try {
      await this.publish(behind);
    } catch (error) {
      void this.keep(behind);
      throw error;
    }
  }

  /** Leaves a change for later that has failed again, after a pause. */
  async again({ change, tries }: InboxBehind, cause: unknown): Promise<void> {
    const { channelUUID } = change;
    if (tries >= MOST_TRIES) {
      this.logger.error({ err: cause, channelUUID }, 'an inbox could not be changed, and will not be');
      return;
    }
    if (tries === 0) this.logger.warn({ err: cause, channelUUID }, 'an inbox cannot be changed now');
    await pause(Math.min(FIRST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS), undefined, { ref: false });
    // The change is kept here if Redis does not take the event.
    await this.later(change, tries + 1).catch(() => {});
  }

  private publish(behind: InboxBehind): Promise<unknown> {
    return this.events.publish('told' in behind.change ? INBOXES_BEHIND : INBOX_BEHIND, behind);
  }

  private async keep(behind: InboxBehind): Promise<void> {
    if (this.kept >= CHANGES_KEPT) {
      const { channelUUID } = behind.change;
      this.logger.error({ channelUUID }, 'too many changes of inboxes wait for Redis: one is given up');
      return;
    }
    this.kept += 1;
    await pRetry(() => this.publish(behind), {
      ...{ retries: MOST_TRIES, minTimeout: FIRST_PAUSE_MS, maxTimeout: LONGEST_PAUSE_MS, unref: true },
    }).catch((error: unknown) => this.logger.error({ err: error }, 'an inbox will not be changed'));
    this.kept -= 1;
  }
}
