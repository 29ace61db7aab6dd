import type { ChatClient, Position } from '@parley/client';
import { LIMITS, type Message } from '@parley/protocol';

/** What the history has of a channel after one position and up to another. */
export async function* missedMessages(
  client: ChatClient,
  before: Position,
  now: Position,
): AsyncGenerator<Message> {
  const { channelUUID } = now;
  // In another epoch, a Seq from before may be of another message: what the two have in common is read again.
  let after = Math.min(before.seq, now.seq);
  for (;;) {
    const { messages, hasMore } = await client.history(
      { channelUUID },
      { after, limit: LIMITS.messagesPerPage },
    );
    for (const message of messages) if (message.Seq <= now.seq) yield message;
    after = messages.at(-1)?.Seq ?? now.seq;
    if (!hasMore || after >= now.seq) return;
  }
}
