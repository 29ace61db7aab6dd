import { describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { BATCH_WINDOW } from '../redis/enqueue-requests.js';
import { ConnectionLost } from '../redis-fault.js';
import { RedisTransportError } from '../transport-error.js';
import { type BatchItem, BatchSender } from './batch-sender.js';

Logger.overrideLogger(false);

class Item implements BatchItem {
  live = true;
  outcome?: 'stored' | RedisTransportError;

  constructor(readonly json: string) {}

  stored(): void {
    this.outcome = 'stored';
  }

  refused(error: RedisTransportError): void {
    this.outcome = error;
  }
}

interface Sent {
  batch: number;
  items: string[];
  answer(room: number): void;
  fail(error: Error): void;
}

/** A sender whose batches the test answers itself. */
function setUp(limits: { batchMax?: number; batchBytes?: number } = {}) {
  const sent: Sent[] = [];
  const sender = new BatchSender<Item>({
    batchMax: limits.batchMax ?? 100,
    batchBytes: limits.batchBytes ?? 1_000,
    logger: new Logger(),
    overloaded: () => new RedisTransportError('OVERLOADED', 'full'),
    submit: (batch, items) =>
      new Promise((answer, fail) => {
        sent.push({ batch, items: items.map(({ json }) => json), answer, fail });
      }),
  });
  const add = (...texts: string[]) => {
    const items = texts.map((text) => new Item(text));
    for (const item of items) sender.add(item);
    return items;
  };
  return { sender, sent, add };
}

const turn = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

describe('BatchSender', () => {
  it('sends the items of one turn as one batch, and later ones as another', async () => {
    const { sender, sent, add } = setUp();
    sender.open();
    add('a', 'b');
    await Promise.resolve().then(() => add('c'));
    await turn();
    add('d');
    await turn();
    expect(sent.map(({ batch, items }) => [batch, items])).toEqual([
      [1, ['a', 'b', 'c']],
      [2, ['d']],
    ]);
  });

  it('keeps batches within their number and their size, and lets a large item go alone', async () => {
    const { sender, sent, add } = setUp({ batchMax: 3, batchBytes: 10 });
    sender.open();
    add('1', '2', '3', '4', 'x'.repeat(8), 'y'.repeat(30), '5');
    await turn();
    expect(sent.map(({ items }) => items)).toEqual([
      ['1', '2', '3'],
      ['4', 'x'.repeat(8)],
      ['y'.repeat(30)],
      ['5'],
    ]);
  });

  it('waits while Redis is away, and then leaves out items that nobody waits for any more', async () => {
    const { sender, sent, add } = setUp();
    const [first] = add('a', 'b');
    await turn();
    expect(sent).toEqual([]);
    first!.live = false;
    sender.open();
    expect(sent.map(({ items }) => items)).toEqual([['b']]);
  });

  it('sends a batch whose answer was lost again, with its number and before anything newer', async () => {
    const { sender, sent, add } = setUp();
    sender.open();
    const [first, second] = add('a', 'b');
    await turn();
    sender.pause();
    sent[0]!.fail(new ConnectionLost('gone'));
    add('c');
    first!.live = false;
    await turn();
    expect(sent).toHaveLength(1);
    sender.open();
    expect(sent.slice(1).map(({ batch, items }) => [batch, items])).toEqual([
      [1, ['b']],
      [2, ['c']],
    ]);
    sent[1]!.answer(-1);
    await turn();
    expect(second!.outcome).toBe('stored');
  });

  it('sends again, once, the items that there is room for, and refuses the rest', async () => {
    const { sender, sent, add } = setUp();
    sender.open();
    const items = add('a', 'b', 'c', 'd');
    await turn();
    sent[0]!.answer(2);
    await turn();
    expect(sent[1]).toMatchObject({ batch: 2, items: ['a', 'b'] });
    sent[1]!.answer(1);
    await turn();
    expect(sent).toHaveLength(2);
    expect(items.map(({ outcome }) => outcome)).toEqual(
      new Array(4).fill(expect.objectContaining({ code: 'OVERLOADED' })),
    );
  });

  it('has no more unanswered batches than Redis remembers', async () => {
    const { sender, sent, add } = setUp({ batchMax: 1 });
    sender.open();
    add(...Array.from({ length: BATCH_WINDOW + 5 }, String));
    await turn();
    expect(sent).toHaveLength(BATCH_WINDOW);
    // Not the oldest: its number would leave the window open at the wrong end.
    sent[1]!.answer(-1);
    await turn();
    expect(sent).toHaveLength(BATCH_WINDOW);
    sent[0]!.answer(-1);
    await turn();
    expect(sent).toHaveLength(BATCH_WINDOW + 2);
  });

  it('tells items why they were refused for good', async () => {
    const { sender, sent, add } = setUp();
    sender.open();
    const [full] = add('a');
    await turn();
    sent[0]!.fail(new Error("OOM command not allowed when used memory > 'maxmemory'."));
    const [denied] = add('b');
    await turn();
    sent[1]!.fail(new Error('NOPERM this user has no permissions'));
    await turn();
    expect(full!.outcome).toMatchObject({ code: 'STORAGE_FULL', retryable: true });
    expect(denied!.outcome).toMatchObject({ code: 'UNAVAILABLE', retryable: false });
  });

  it('reports when nothing waits any more', async () => {
    const { sender, sent, add } = setUp();
    sender.open();
    add('a');
    let isIdle = false;
    const idle = sender.whenIdle().then(() => {
      isIdle = true;
    });
    await turn();
    expect(isIdle).toBe(false);
    sent[0]!.answer(-1);
    await idle;
    add('b');
    await turn();
    add('c');
    expect(sender.abandon().map(({ json }) => json)).toEqual(['b', 'c']);
  });
});
