import { describe, expect, it } from '@jest/globals';
import type { Message } from '@parley/protocol';
import { CHANNEL, other } from '../fixtures/fake-client.js';
import { MessageWindow } from './message-window.js';

const SIZE = { windowSize: 8, slackSize: 3 };
const PAGE = 4;

const message = (Seq: number): Message => ({
  ...{ UUID: `m${Seq}`, SenderUUID: other.UUID, Sender: other, RecipientUUID: '', Message: `${Seq}` },
  ...{ CreatedAt: '', ChannelUUID: CHANNEL, Seq },
});

/** Numbers that are the same in each run. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    yield state / 2 ** 31;
  }
}

/** A log that a window looks at. Its Seqs have gaps, as where edits stand between messages. */
class Log {
  readonly messages: Message[] = [];

  write(gap: boolean): Message {
    const written = message((this.messages.at(-1)?.Seq ?? 0) + (gap ? 2 : 1));
    this.messages.push(written);
    return written;
  }

  older(before: number) {
    const all = this.messages.filter(({ Seq }) => Seq < before);
    return { messages: all.slice(-PAGE), hasMore: all.length > PAGE };
  }

  newer(after: number) {
    const all = this.messages.filter(({ Seq }) => Seq > after);
    return { messages: all.slice(0, PAGE), hasMore: all.length > PAGE };
  }
}

describe('a window', () => {
  it.each([1, 2, 3, 4, 5])(
    'is a part of the log without holes, whatever comes in which order (%i)',
    (seed) => {
      const log = new Log();
      const random = numbers(seed);
      const chance = (of: number) => random.next().value < of;
      for (let n = 0; n < 30; n += 1) log.write(chance(0.3));
      const window = new MessageWindow(SIZE);
      window.begin(log.older(Number.POSITIVE_INFINITY));
      for (let step = 0; step < 500; step += 1) {
        const [oldest, newest] = [window.messages[0]!.Seq, window.messages.at(-1)!.Seq];
        if (chance(0.4)) window.add(log.write(chance(0.3)), chance(0.7) ? 'newer' : 'older');
        else if (chance(0.1)) window.trim(chance(0.5) ? 'newer' : 'older');
        else if (chance(0.6)) window.addOlder(log.older(oldest));
        else if (window.hasNewer) {
          // One comes while the page is under way.
          const page = log.newer(newest);
          const live = log.write(false);
          window.add(live, 'newer');
          window.addNewer(page, [live]);
        }
        const first = log.messages.findIndex(({ Seq }) => Seq === window.messages[0]!.Seq);
        expect(window.messages).toEqual(log.messages.slice(first, first + window.messages.length));
        expect(window.messages.length).toBeLessThanOrEqual(SIZE.windowSize + SIZE.slackSize);
        expect(window.hasOlder || first === 0).toBe(true);
        expect(window.hasNewer || window.messages.at(-1) === log.messages.at(-1)).toBe(true);
      }
    },
  );

  const filled = (count: number) => {
    const window = new MessageWindow(SIZE);
    window.begin({ messages: [message(1)], hasMore: false });
    for (let Seq = 2; Seq <= count; Seq += 1) window.add(message(Seq), 'newer');
    return window;
  };
  const seqs = ({ messages }: MessageWindow) => messages.map(({ Seq }) => Seq);

  it('holds more than its size until it is trimmed, and keeps the end that is read', () => {
    expect(seqs(filled(11))).toHaveLength(11);
    expect(seqs(filled(12))).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
    const read = filled(11);
    read.add(message(12), 'older');
    expect(seqs(read)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([read.hasOlder, read.hasNewer]).toEqual([false, true]);
    const trimmed = filled(10);
    expect([trimmed.trim('newer'), trimmed.trim('newer')]).toEqual([true, false]);
    expect([trimmed.messages[0]!.Seq, trimmed.hasOlder, trimmed.hasNewer]).toEqual([3, true, false]);
  });

  it('begins at a message further back, and takes no new messages there', () => {
    const window = new MessageWindow(SIZE);
    window.beginAt({ messages: [message(3), message(4)], hasMore: true });
    window.add(message(9), 'newer');
    expect([seqs(window), window.hasOlder, window.hasNewer]).toEqual([[3, 4], true, true]);
  });
});
