import type { ItemFailed, Part } from '@parley/contracts';
import { Observable, type Subscriber } from 'rxjs';
import type { Logger } from './logger.js';
import { toKnownError } from './rpc-error.filter.js';

/** A request about many items. */
export interface AskedAboutMany<Item> {
  readonly items: readonly Item[];
  /** Whether the asker takes the answer in parts; otherwise it gets one, when the last outcome is known. */
  readonly parts?: true | undefined;
  readonly logger: Logger;
}

/**
 * Answers a request about many items: all at once, each with its answer or the error that it was refused with. An item that
 * waits holds back no other: outcomes leave as soon as they are known, those of one turn of the event loop together. So a
 * request whose items are done in one step is still answered by one part.
 */
export function answerEach<Item, Outcome>(
  { items, parts, logger }: AskedAboutMany<Item>,
  answer: (item: Item) => Promise<Outcome>,
): Observable<Part<Outcome>> {
  return new Observable((subscriber) => {
    const answers = new Parts<Outcome>(subscriber, items.length, parts === true);
    const answerOne = async (item: Item, place: number): Promise<void> => {
      answers.add(place, await outcomeOf(item, answer, logger));
    };
    for (const [place, item] of items.entries()) void answerOne(item, place);
  });
}

async function outcomeOf<Item, Outcome>(
  item: Item,
  answer: (item: Item) => Promise<Outcome>,
  logger: Logger,
): Promise<Outcome | ItemFailed> {
  try {
    return await answer(item);
  } catch (thrown) {
    const { name, message, retryAfterMs } = toKnownError(thrown, logger);
    return { error: { name, message, retryAfterMs } };
  }
}

/** The outcomes that are known and have not left. */
class Parts<Outcome> {
  private known = new Map<number, Outcome | ItemFailed>();
  private left: number;
  private isScheduled = false;

  constructor(
    private readonly subscriber: Subscriber<Part<Outcome>>,
    private readonly total: number,
    private readonly early: boolean,
  ) {
    this.left = total;
    if (total === 0) this.leave();
  }

  add(place: number, outcome: Outcome | ItemFailed): void {
    this.known.set(place, outcome);
    this.left -= 1;
    if (this.left === 0) this.leave();
    else if (this.early) this.schedule();
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      if (this.left > 0) this.leave();
    });
  }

  private leave(): void {
    const places = [...this.known.keys()].sort((a, b) => a - b);
    const outcomes = places.map((place) => this.known.get(place)!);
    this.known = new Map();
    this.subscriber.next(outcomes.length === this.total ? { outcomes } : { outcomes, places });
    if (this.left === 0) this.subscriber.complete();
  }
}
