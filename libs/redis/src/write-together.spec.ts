import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { corkWhileWriting } from './write-together.js';

/** A stream that notes what reaches the system with each call. */
class Calls extends Writable {
  readonly calls: string[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.calls.push(chunk.toString());
    done();
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.calls.push(chunks.map(({ chunk }) => chunk.toString()).join(''));
    done();
  }
}

describe('corkWhileWriting', () => {
  const corked = (): Calls => {
    const stream = new Calls();
    corkWhileWriting(stream);
    return stream;
  };

  it('writes together what is sent together, in order, even from settled promises', async () => {
    const stream = corked();
    stream.write('a');
    stream.write('b');
    void Promise.resolve().then(() => stream.write('c'));
    await nextTurn();
    expect(stream.calls).toEqual(['abc']);
  });

  it('writes later data separately', async () => {
    const stream = corked();
    stream.write('a');
    await nextTurn();
    stream.write('b');
    await nextTurn();
    expect(stream.calls).toEqual(['a', 'b']);
  });

  it('writes everything before a stream ends', async () => {
    const stream = corked();
    stream.write('a');
    stream.end('b');
    await nextTurn();
    expect(stream.calls.join('')).toBe('ab');
    expect(stream.writableFinished).toBe(true);
  });
});
