import type { RedisConnection } from '../transport-options.js';

/** Returns the id of the newest entry that a stream ever had, `0-0` if there is no such stream. */
export async function newestId(client: RedisConnection, stream: string): Promise<string> {
  try {
    const rows = (await client.xinfo('STREAM', stream)) as (string | number)[];
    return String(rows[rows.indexOf('last-generated-id') + 1]);
  } catch (error) {
    if (error instanceof Error && error.message.includes('no such key')) return '0-0';
    throw error;
  }
}

/** Returns the id of the last entry that a group was given, or undefined if there is no such group. */
export async function lastDelivered(
  client: RedisConnection,
  stream: string,
  group: string,
): Promise<string | undefined> {
  try {
    const groups = (await client.xinfo('GROUPS', stream)) as (string | number)[][];
    const row = groups.find((found) => found[found.indexOf('name') + 1] === group);
    return row && String(row[row.indexOf('last-delivered-id') + 1]);
  } catch (error) {
    if (error instanceof Error && error.message.includes('no such key')) return undefined;
    throw error;
  }
}

/**
 * Returns the smaller of two ids of entries. A position above the stream's newest id is one that Redis has forgotten: waiting
 * there would miss every entry until the ids have caught up.
 */
export function smallerId(one: string, other: string): string {
  const [ms, number] = parts(one);
  const [otherMs, otherNumber] = parts(other);
  return ms < otherMs || (ms === otherMs && number < otherNumber) ? one : other;
}

function parts(id: string): [ms: number, number: number] {
  const dash = id.indexOf('-');
  return [Number(id.slice(0, dash)), Number(id.slice(dash + 1))];
}
