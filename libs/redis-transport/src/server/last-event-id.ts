import type { RedisConnection } from '../transport-options.js';

/** What Redis tells about a stream. */
export interface StreamState {
  lastId: string;
  /** Entries ever added. */
  added: number;
  length: number;
}

/** Returns the state of a stream. One that does not exist is empty and has had no entries. */
export async function streamState(client: RedisConnection, stream: string): Promise<StreamState> {
  try {
    const rows = (await client.xinfo('STREAM', stream)) as (string | number)[];
    const value = (name: string) => rows[rows.indexOf(name) + 1];
    return {
      lastId: String(value('last-generated-id')),
      added: Number(value('entries-added')),
      length: Number(value('length')),
    };
  } catch (error) {
    if (error instanceof Error && error.message.includes('no such key')) {
      return { lastId: '0-0', added: 0, length: 0 };
    }
    throw error;
  }
}

/** Returns the id of the newest entry that a stream ever had. */
export async function lastEventId(client: RedisConnection, stream: string): Promise<string> {
  return (await streamState(client, stream)).lastId;
}
