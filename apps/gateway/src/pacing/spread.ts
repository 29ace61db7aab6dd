import { setTimeout as delay } from 'node:timers/promises';
import { wakingNow } from './waking-clock.js';

/** Shortest pause between two calls, in milliseconds: calls that are due within it happen together. */
const STEP_MS = 20;

/**
 * Calls `act` for each item, in random order, spread evenly over `overMs`: each item has an equal part of that time and a
 * random moment within it. So clients that are sent away do not come back in waves.
 */
export async function spread<T>(
  items: Iterable<T>,
  overMs: number,
  act: (item: T) => void,
  random: () => number = Math.random,
): Promise<void> {
  const shuffled = shuffle([...items], random);
  const part = overMs / shuffled.length;
  const began = wakingNow();
  for (const [n, item] of shuffled.entries()) {
    const wait = (n + random()) * part - (wakingNow() - began);
    if (wait > STEP_MS) await delay(wait);
    act(item);
  }
}

/** The shuffle of Fisher and Yates, in Durstenfeld's version. */
function shuffle<T>(items: T[], random: () => number): T[] {
  for (let n = items.length - 1; n > 0; n -= 1) {
    const other = Math.floor(random() * (n + 1));
    [items[n], items[other]] = [items[other]!, items[n]!];
  }
  return items;
}
