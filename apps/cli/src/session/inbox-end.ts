import type { ChatClient, InboxItem, InboxPosition } from '@parley/client';

/** The newest items that a user's inbox has, the oldest first, and what is unread. */
export interface InboxEnd {
  readonly unread: number;
  /** The newest item. */
  readonly at: InboxPosition;
  readonly items: readonly InboxItem[];
}

/**
 * Reads the end of the inbox. Nothing says how far back it reaches: if not as far as asked, no items come.
 * @param limit at most so many items.
 */
export async function readInbox(client: ChatClient, limit: number): Promise<InboxEnd> {
  const { epoch, seq, unread } = await client.inbox();
  const items = await client.earlierInboxItems(limit);
  return { unread, at: { epoch, seq }, items: items.filter((item) => item.seq <= seq) };
}
