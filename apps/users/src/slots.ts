import { crc32 } from 'node:zlib';

/** How many slots there are where there are many. Never changes: the slot of a user follows from it. */
export const SLOTS = 64;

/** The slot, among many, of what has this name: a user by UUID, a username in its compared form, a gateway. */
export const slotOf = (id: string): number => crc32(id) % SLOTS;

/** `items` by the slot of the name that `idOf` gives to each. */
export function bySlot<T>(items: readonly T[], idOf: (item: T) => string): Map<number, T[]> {
  const slots = new Map<number, T[]>();
  for (const item of items) {
    const slot = slotOf(idOf(item));
    const known = slots.get(slot);
    if (known === undefined) slots.set(slot, [item]);
    else known.push(item);
  }
  return slots;
}

/** Asks each slot about those of `ids` that are there, all at once. Returns what `read` answers for each of them, in their order. */
export async function readBySlot<R>(
  ids: readonly string[],
  read: (slot: number, ids: readonly string[]) => Promise<readonly R[]>,
): Promise<R[]> {
  const answers = new Array<R>(ids.length);
  const places = ids.map((id, place) => ({ id, place }));
  await Promise.all(
    [...bySlot(places, ({ id }) => id)].map(async ([slot, own]) => {
      const found = await read(
        slot,
        own.map(({ id }) => id),
      );
      for (const [n, { place }] of own.entries()) answers[place] = found[n]!;
    }),
  );
  return answers;
}
