import { randomInt } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Claim } from '../report/row.js';

/** A replica's request is taken over after 3 s (`TAKE_OVER_AFTER_MS`): what was answered so late was finished by another one. */
const TAKEN_OVER_MS = 2_500;
/** About how long a request is under way, in ms: a fault comes at any moment of that. */
const UNDER_WAY_MS = 6;

interface Flight {
  readonly kind: string;
  readonly since: number;
  isStruck: boolean;
}

interface Tally {
  answered: number;
  struck: number;
  takenOver: number;
}

/** The requests that are under way, by kind, and which of them a fault has met. */
export class Flights {
  private readonly open = new Set<Flight>();
  private readonly tallies = new Map<string, Tally>();
  private readonly begun = new EventEmitter();

  /** Settles as the request does. */
  async of<Answer>(kind: string, request: Promise<Answer>): Promise<Answer> {
    const flight: Flight = { kind, since: performance.now(), isStruck: false };
    this.open.add(flight);
    this.begun.emit(kind);
    try {
      return await request;
    } finally {
      this.open.delete(flight);
      this.count(flight);
    }
  }

  /** Resolves at a moment at which a request of the kind is under way. What is under way then counts as struck. */
  async strike(kind: string): Promise<void> {
    do {
      await once(this.begun, kind);
      await delay(randomInt(UNDER_WAY_MS));
    } while (![...this.open].some((flight) => flight.kind === kind));
    for (const flight of this.open) flight.isStruck = true;
  }

  /** How many requests of the kind there were, and were struck: at least one must have been. */
  claim(kind: string): Claim {
    const { answered, struck, takenOver } = this.tallyOf(kind);
    const met = `${struck} under way at a kill, ${takenOver} of these finished by the other replica`;
    return { text: `${answered} ${kind}, ${met}`, holds: struck > 0 };
  }

  private count({ kind, since, isStruck }: Flight): void {
    const tally = this.tallyOf(kind);
    tally.answered += 1;
    if (!isStruck) return;
    tally.struck += 1;
    if (performance.now() - since > TAKEN_OVER_MS) tally.takenOver += 1;
  }

  private tallyOf(kind: string): Tally {
    const known = this.tallies.get(kind);
    if (known !== undefined) return known;
    const tally = { answered: 0, struck: 0, takenOver: 0 };
    this.tallies.set(kind, tally);
    return tally;
  }
}
