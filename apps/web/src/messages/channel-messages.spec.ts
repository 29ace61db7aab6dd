import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ChatClient } from '@parley/client';
import type { Message } from '@parley/protocol';
import { messageOf, messagesOf } from '../fixtures/messages.js';
import { ChannelMessages } from './channel-messages.js';
import { MOST_HELD } from './message-window.js';

/** Messages that are there when the channel is opened. */
const OPENED = 50;

describe('the messages of a channel into which others write without a pause', () => {
  let receive: (message: Message) => void;
  let messages: ChannelMessages;

  beforeEach(async () => {
    const client = {
      on: (name: string, listener: (event: { message: Message }) => void) => {
        if (name === 'message') receive = (message) => listener({ message });
        return () => undefined;
      },
      subscribe: async () => ({ channelUUID: 'channel' }),
      history: async () => ({ messages: messagesOf(1, OPENED), hasMore: false }),
    };
    messages = new ChannelMessages(client as unknown as ChatClient, {}, 'bob');
    await new Promise<void>((opened) => {
      messages.shown.subscribe(() => messages.shown.get().status === 'ready' && opened());
    });
  });

  /** Lets messages up to this Seq come, and returns how many were held at most. */
  const comeUpTo = (last: number): number => {
    let most = 0;
    for (let seq = OPENED + 1; seq <= last; seq += 1) {
      receive(messageOf(seq));
      most = Math.max(most, messages.shown.get().messages.length);
    }
    return most;
  };

  it('are held up to a bound, the newest of them, while the user sees the newest', () => {
    expect(comeUpTo(10_000)).toBe(2 * MOST_HELD);
    const { messages: held, hasOlder, hasNewer } = messages.shown.get();
    expect(held.at(-1)!.Seq).toBe(10_000);
    expect(held.map(({ Seq }) => Seq)).toEqual(held.map((_, n) => held[0]!.Seq + n));
    expect({ hasOlder, hasNewer }).toEqual({ hasOlder: true, hasNewer: false });
  });

  it('are held up to a bound, and keep what the user reads, while that is further up', () => {
    messages.isAtEnd = false;
    expect(comeUpTo(10_000)).toBe(2 * MOST_HELD);
    const { messages: held, hasOlder, hasNewer } = messages.shown.get();
    expect(held.map(({ Seq }) => Seq)).toEqual(Array.from({ length: MOST_HELD }, (_, n) => n + 1));
    expect({ hasOlder, hasNewer }).toEqual({ hasOlder: false, hasNewer: true });
  });
});
