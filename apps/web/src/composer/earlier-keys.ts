import { channelKeyOf } from '@parley/react';
import { placeIn, targetOf } from '../conversations/place.js';
import { isRecord, Kept, type KeyValues } from '../storage.js';

/** What is kept of what a user writes, by channel. */
type ByChannel = Readonly<Record<string, unknown>>;

/**
 * Versions up to 0.1.0 kept drafts and unsent messages by the address of their conversation. They are renamed, so that none is lost.
 * Such a version leaves alone what has the new names.
 */
export function renameEarlier(storage: KeyValues | undefined, me: string): void {
  for (const kind of ['drafts', 'pending']) {
    const kept = new Kept<ByChannel>(storage, `parley.${kind}.${me}`, isRecord);
    const before = kept.read() ?? {};
    const earlier = Object.entries(before).filter(([key]) => placeIn(key) !== undefined);
    if (earlier.length > 0) kept.write(renamed(before, earlier));
  }
}

function renamed(before: ByChannel, earlier: readonly (readonly [string, unknown])[]): ByChannel {
  const all: Record<string, unknown> = { ...before };
  for (const [key, value] of earlier) {
    delete all[key];
    const name = channelKeyOf(targetOf(placeIn(key)!));
    all[name] = both(value, all[name]);
  }
  return all;
}

/** Messages of either name are sent; of two drafts, the one of this version stays. */
const both = (earlier: unknown, now: unknown): unknown =>
  Array.isArray(earlier) && Array.isArray(now) ? [...earlier, ...now] : (now ?? earlier);
