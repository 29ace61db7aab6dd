import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { atEndOfTurn, writeInTurn, writeWithAnswer } from './end-of-turn.js';
import { fixedLoad } from './fixtures/fixed-load.js';

/** A socket that keeps what each system call would carry. */
class CountingSocket extends Duplex {
  readonly calls: string[] = [];

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.calls.push(chunk.toString());
    callback();
  }

  override _writev(chunks: { chunk: Buffer }[], callback: () => void): void {
    this.calls.push(chunks.map(({ chunk }) => chunk.toString()).join(''));
    callback();
  }
}

describe('writeInTurn', () => {
  it('sends everything for one socket within one turn at once, and keeps the order', async () => {
    const [one, other] = [new CountingSocket(), new CountingSocket()];
    for (const text of ['a', 'b']) {
      writeInTurn(one, Buffer.from(text));
      writeInTurn(other, Buffer.from(text.toUpperCase()));
    }
    one.write('c');
    expect(one.calls).toEqual([]);
    await nextTurn();
    writeInTurn(one, Buffer.from('d'));
    await nextTurn();
    expect(one.calls).toEqual(['abc', 'd']);
    expect(other.calls).toEqual(['AB']);
  });

  it('sends what an end-of-turn task writes together with the rest', async () => {
    const [one, other] = [new CountingSocket(), new CountingSocket()];
    writeInTurn(one, Buffer.from('a'));
    atEndOfTurn(() => {
      one.write('b');
      writeInTurn(other, Buffer.from('c'));
      writeInTurn(other, Buffer.from('d'));
    });
    await nextTurn();
    expect(one.calls).toEqual(['ab']);
    expect(other.calls).toEqual(['cd']);
  });

  it('counts what waits for the turn to end as waiting', () => {
    const socket = new CountingSocket();
    writeInTurn(socket, Buffer.from('abc'));
    expect(socket.writableLength).toBe(3);
  });

  it('tolerates a socket that ends or breaks within the turn', async () => {
    const [ended, broken] = [new CountingSocket(), new CountingSocket()];
    writeInTurn(ended, Buffer.from('a'));
    ended.end();
    writeInTurn(broken, Buffer.from('a'));
    broken.destroy();
    await once(ended, 'finish');
    await nextTurn();
    expect(ended.calls).toEqual(['a']);
    expect(broken.destroyed).toBe(true);
  });
});

const saturated = fixedLoad(1);

describe('writeWithAnswer', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  });
  afterEach(() => {
    jest.runOnlyPendingTimers();
    jest.useRealTimers();
  });

  it('sends the bytes with the answer, in one call at the end of its turn', async () => {
    const socket = new CountingSocket();
    writeWithAnswer(socket, Buffer.from('a'), saturated);
    await nextTurn();
    writeWithAnswer(socket, Buffer.from('b'), saturated);
    expect(socket.calls).toEqual([]);
    writeInTurn(socket, Buffer.from('c'));
    await nextTurn();
    expect(socket.calls).toEqual(['abc']);
  });

  it('sends the bytes with the rest of a turn that already has something for the socket', async () => {
    const socket = new CountingSocket();
    writeInTurn(socket, Buffer.from('a'));
    writeWithAnswer(socket, Buffer.from('b'), saturated);
    await nextTurn();
    expect(socket.calls).toEqual(['ab']);
  });

  it('sends bytes that no answer follows within 10 ms, separately for each socket', async () => {
    const [one, other, answered] = [new CountingSocket(), new CountingSocket(), new CountingSocket()];
    writeWithAnswer(one, Buffer.from('a'), saturated);
    writeWithAnswer(answered, Buffer.from('b'), saturated);
    jest.advanceTimersByTime(6);
    writeWithAnswer(other, Buffer.from('c'), saturated);
    writeInTurn(answered, Buffer.from('d'));
    await nextTurn();
    expect(answered.calls).toEqual(['bd']);
    jest.advanceTimersByTime(3);
    expect(one.calls).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(one.calls).toEqual(['a']);
    expect(other.calls).toEqual([]);
    jest.advanceTimersByTime(6);
    expect(other.calls).toEqual(['c']);
  });

  it('sends the bytes at the end of the turn in a process that is not busy', async () => {
    const socket = new CountingSocket();
    writeWithAnswer(socket, Buffer.from('a'), fixedLoad(0));
    expect(socket.calls).toEqual([]);
    await nextTurn();
    expect(socket.calls).toEqual(['a']);
  });
});

describe('atEndOfTurn', () => {
  it('calls a task that another task has added at the end of the next turn', async () => {
    const called: string[] = [];
    atEndOfTurn(() => {
      called.push('first');
      atEndOfTurn(() => called.push('second'));
    });
    await nextTurn();
    expect(called).toEqual(['first']);
    await nextTurn();
    expect(called).toEqual(['first', 'second']);
  });
});
