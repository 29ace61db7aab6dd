import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { atEndOfTurn, writeInTurn } from './turn.js';

/** A socket that keeps what each system call would carry. */
class CountingSocket extends Duplex {
  readonly calls: string[] = [];

  override _read(): void {}

  override _writev(chunks: { chunk: Buffer }[], callback: () => void): void {
    this.calls.push(chunks.map(({ chunk }) => chunk.toString()).join(''));
    callback();
  }
}

describe('writeInTurn', () => {
  it('sends what one socket gets within one turn at once, and keeps the order', async () => {
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

  it('sends what a task of the end of the turn writes together with the rest', async () => {
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

  it('bears a socket that ends or breaks within the turn', async () => {
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
