import { describe, expect, it } from '@jest/globals';
import type { ChangeFrame } from '@parley/client';
import { messageOf, messagesOf } from '../fixtures/messages.js';
import {
  MOST_HELD,
  openedWith,
  trimmed,
  withChange,
  withMessage,
  withNewer,
  withOlder,
} from './message-window.js';

const page = (first: number, last: number, hasMore = true) => ({
  messages: messagesOf(first, last),
  hasMore,
});
const seqs = ({ messages }: { messages: readonly { Seq: number }[] }) => messages.map(({ Seq }) => Seq);

const change = (
  type: 'messageEdit' | 'messageDelete' | 'reaction',
  Seq: number,
  rest: object = {},
): ChangeFrame =>
  ({
    type,
    [type]: {
      channelUUID: 'channel',
      UUID: `message-${Seq}`,
      messageSeq: Seq,
      Seq: 99,
      userUUID: 'ada',
      at: 'now',
      ...rest,
    },
  }) as unknown as ChangeFrame;

describe('a window of the history', () => {
  it('grows at both ends, and holds no message twice', () => {
    const opened = openedWith(page(5, 8));
    const older = withOlder(opened, page(2, 5));
    expect(seqs(older)).toEqual([2, 3, 4, 5, 6, 7, 8]);
    expect(older.hasOlder).toBe(true);
    expect(withOlder(older, page(1, 1, false)).hasOlder).toBe(false);
    expect(seqs(withMessage(withMessage(opened, messageOf(9)), messageOf(9)))).toEqual([5, 6, 7, 8, 9]);
  });

  it('does not show a live message after a hole', () => {
    const aside = { ...openedWith(page(5, 8)), hasNewer: true };
    expect(withMessage(aside, messageOf(20))).toBe(aside);
    const level = withNewer(aside, page(9, 20, false));
    expect(level.hasNewer).toBe(false);
    expect(seqs(level).at(-1)).toBe(20);
  });

  it('stays bounded, and loses what is farthest from where the user reads', () => {
    let now = openedWith(page(100_000 - 99, 100_000));
    for (let first = 100_000 - 199; first > 90_000; first -= 100)
      now = trimmed(withOlder(now, page(first, first + 99)), 'older');
    expect(now.messages).toHaveLength(MOST_HELD);
    expect(now.hasNewer).toBe(true);
    for (let first = now.messages.at(-1)!.Seq + 1; first <= 100_000; first += 100)
      now = trimmed(withNewer(now, page(first, first + 99, first + 99 < 100_000)), 'newest');
    expect(now.messages).toHaveLength(MOST_HELD);
    expect(now).toMatchObject({ hasNewer: false, hasOlder: true });
    expect(seqs(now).at(-1)).toBe(100_000);
  });

  it('shows edits, reactions and deletions in their place', () => {
    const now = openedWith(page(1, 3));
    const edited = withChange(now, change('messageEdit', 2, { Message: 'better' }), 'me');
    expect(edited.messages[1]).toMatchObject({ Message: 'better', editedAt: 'now' });
    const reacted = withChange(
      edited,
      change('reaction', 2, { reaction: '👍', count: 1, remove: false, userUUID: 'me' }),
      'me',
    );
    expect(reacted.messages[1]!.reactions).toEqual([{ reaction: '👍', count: 1, mine: true }]);
    const deleted = withChange(reacted, change('messageDelete', 2), 'me');
    expect(deleted.messages[1]).toMatchObject({ Message: '', deletedAt: 'now' });
    expect(withChange(deleted, change('messageDelete', 77), 'me')).toBe(deleted);
  });

  it('quotes what a message says now', () => {
    const replyTo = { UUID: 'message-1', Seq: 1, SenderUUID: 'ada', Username: 'ada', excerpt: 'text 1' };
    const now = openedWith({ messages: [messageOf(1), messageOf(2, { replyTo })], hasMore: false });
    const edited = withChange(now, change('messageEdit', 1, { Message: 'better' }), 'me');
    expect(edited.messages[1]!.replyTo!.excerpt).toBe('better');
    expect(withChange(edited, change('messageDelete', 1), 'me').messages[1]!.replyTo).not.toHaveProperty(
      'excerpt',
    );
  });
});
