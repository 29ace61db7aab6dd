import { setTimeout as delay } from 'node:timers/promises';

/** Shortest pause between two acts, in milliseconds: what is due within it is done together. */
const STEP_MS = 20;

/**
 * Does something with each item, in random order, evenly over `overMs`: each has a part of that time to itself and a
 * random moment in it, so that those who are sent away do not come back in waves.
 */
export async function spread<T>(
  items: Iterable<T>,
  overMs: number,
  act: (item: T) => void,
  random: () => number = Math.random,
): Promise<void> {
  const shuffled = shuffle([...items], random);
  const part = overMs / shuffled.length;
  const began = performance.now();
  for (const [n, item] of shuffled.entries()) {
    const wait = (n + random()) * part - (performance.now() - began);
    if (wait > STEP_MS) await delay(wait);
    act(item);
  }
}

/** Fisher and Yates, as Durstenfeld has it. */
function shuffle<T>(items: T[], random: () => number): T[] {
  for (let n = items.length - 1; n > 0; n -= 1) {
    const other = Math.floor(random() * (n + 1));
    [items[n], items[other]] = [items[other]!, items[n]!];
  }
  return items;
}
