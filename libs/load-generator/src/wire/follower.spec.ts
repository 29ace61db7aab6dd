import { beforeEach, describe, expect, it } from '@jest/globals';
import { serverFrame } from './fixtures/server-frame.js';
import { Follower, newScanner, type Reader, type Scanner } from './follower.js';
import { type Classifier, KINDS } from './found.js';
import { OPCODES } from './frames.js';
import { Tape } from './tape.js';

/** "stream:seq" is a delivery, "-…" is ignored, anything else is personal. */
class PlainDialect implements Classifier {
  scanned = 0;

  classify: Classifier['classify'] = (bytes, start, end, found) => {
    this.scanned += 1;
    const text = bytes.toString('utf8', start, end);
    const [, stream, seq] = /^(\d+):(\d+)/.exec(text) ?? [];
    if (seq === undefined) return text.startsWith('-') ? KINDS.ignored : KINDS.personal;
    Object.assign(found, { stream: Number(stream), seq: Number(seq), origin: 7, due: 1 });
    return KINDS.delivery;
  };
}

/** Keeps what a connection got, in order. */
class Heard implements Reader {
  readonly all: string[] = [];
  onTape(tape: Tape, from: number, to: number): void {
    for (let at = from; at < to; at += 1) this.all.push(`${tape.streams[at]}:${tape.seqs[at]}`);
  }
  onDelivery({ stream, seq }: { stream: number; seq: number }): void {
    this.all.push(`${stream}:${seq}`);
  }
  onPersonal(payload: string): void {
    this.all.push(payload);
  }
  onControl(opcode: number, payload: Buffer): void {
    this.all.push(`${opcode} ${payload}`);
  }
  onIllegal(reason: string): void {
    this.all.push(`illegal: ${reason}`);
  }
}

const numbers = (from: number, to: number, stream = 0) =>
  Array.from({ length: to - from + 1 }, (_, index) => `${stream}:${from + index}`);
const framed = (texts: readonly string[]) => Buffer.concat(texts.map((text) => serverFrame(text)));

describe('a connection that is read along the tape', () => {
  let dialect: PlainDialect;
  let scanner: Scanner;

  beforeEach(() => {
    dialect = new PlainDialect();
    scanner = newScanner(dialect, new Tape(), 7);
  });

  const connect = () => {
    const heard = new Heard();
    const follower = new Follower(scanner, heard);
    // Each chunk comes in the same buffer, as it does from the sockets of a thread.
    const buffer = Buffer.alloc(300_000, 0xff);
    const read = (...chunks: Buffer[]) => {
      for (const chunk of chunks) {
        chunk.copy(buffer);
        follower.read(buffer, 0, chunk.length);
        // Nothing may be kept of it but a copy.
        buffer.fill(0xff, 0, chunk.length);
      }
    };
    return { heard, read };
  };

  const pieces = (bytes: Buffer, size: number) =>
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    );

  it.each([1, 2, 3, 7, 64, 1_000])('gets every frame, in order, in chunks of %i bytes', (size) => {
    const long = ['0:1 short', `0:2 ${'x'.repeat(200)}`, `0:3 ${'y'.repeat(70_000)}`, 'for me', '0:4'];
    const bytes = framed(long);
    const heard = ['0:1', '0:2', '0:3', 'for me', '0:4'];
    for (const { heard: each, read } of [connect(), connect()]) {
      read(...pieces(bytes, size));
      expect(each.all).toEqual(heard);
    }
  });

  it('scans what many connections get once', () => {
    const chunks = [framed(numbers(1, 20)), framed(numbers(21, 50))];
    const connections = Array.from({ length: 10 }, connect);
    for (const chunk of chunks) for (const { read } of connections) read(chunk);
    for (const { heard } of connections) expect(heard.all).toEqual(numbers(1, 50));
    // Everybody scans the first frame, which tells where on the tape they are.
    expect(dialect.scanned).toBe(50 + 9);
  });

  it('gets the same however its chunks are cut', () => {
    const bytes = framed(numbers(1, 300));
    for (const size of [1, 5, 13, 64, 500, bytes.length]) {
      const { heard, read } = connect();
      read(...pieces(bytes, size));
      expect(heard.all).toEqual(numbers(1, 300));
    }
  });

  it('scans about one frame of a chunk that ends within one', () => {
    const bytes = framed(numbers(1, 1_000));
    connect().read(bytes);
    const before = dialect.scanned;
    connect().read(...pieces(bytes, 997));
    expect(dialect.scanned - before).toBeLessThanOrEqual(1 + Math.ceil(bytes.length / 997));
  });

  it('returns to the tape after a frame of its own', () => {
    const [first, second] = [connect(), connect()];
    first.read(framed(numbers(1, 100)));
    second.read(framed([...numbers(1, 40), 'for me', '-for all', ...numbers(41, 100)]));
    expect(second.heard.all).toEqual([...numbers(1, 40), 'for me', ...numbers(41, 100)]);
    expect(dialect.scanned).toBe(100 + 3);
  });

  it('gets streams that others do not get, or get in another order', () => {
    const [first, second] = [connect(), connect()];
    first.read(framed(['1:1', '2:1', '1:2', '2:2', '3:1']));
    second.read(framed(['2:1', '2:2', '1:1', '3:1', '1:2']));
    expect(second.heard.all).toEqual(['2:1', '2:2', '1:1', '3:1', '1:2']);
  });

  it('sees what a server drops, doubles and swaps on one connection', () => {
    const others = connect();
    others.read(framed(numbers(1, 10)));
    const odd = ['0:1', '0:2', '0:4', '0:5', '0:5', '0:7', '0:6', '0:8', '0:9', '0:10'];
    const { heard, read } = connect();
    read(framed(odd));
    expect(heard.all).toEqual(odd);
    others.read(framed(numbers(11, 12)));
    read(framed(numbers(11, 12)));
    expect(heard.all.slice(-2)).toEqual(numbers(11, 12));
    expect(others.heard.all).toEqual(numbers(1, 12));
  });

  it('does not take a frame for one of the same number and other content', () => {
    const [first, second] = [connect(), connect()];
    first.read(framed(['0:1 one', '0:2']));
    second.read(framed(['0:1 two', '0:2']));
    expect(second.heard.all).toEqual(['0:1', '0:2']);
    expect(scanner.tape.count).toBe(2);
  });

  it('continues when the tape is full and starts over', () => {
    scanner = newScanner(dialect, new Tape(1_000, 10), 7);
    const connections = [connect(), connect(), connect()];
    for (let from = 1; from < 200; from += 7) {
      for (const { read } of connections) read(framed(numbers(from, from + 6)));
    }
    for (const { heard } of connections) expect(heard.all).toEqual(numbers(1, 203));
    expect(scanner.tape.generation).toBeGreaterThan(5);
  });

  it('takes a time only from stamps of this process', () => {
    scanner = newScanner(dialect, new Tape(), 8);
    connect().read(framed(['0:1']));
    expect(scanner.tape.dues[0]).toBe(0);
  });

  it('gets control frames between deliveries and between fragments', () => {
    const { heard, read } = connect();
    const ping = serverFrame('?', { opcode: OPCODES.ping });
    const fragments = [
      serverFrame('for ', { final: false }),
      ping,
      serverFrame('me', { opcode: OPCODES.continuation }),
    ];
    read(framed(['0:1']), ping, Buffer.concat([...fragments, framed(['0:2'])]));
    expect(heard.all).toEqual(['0:1', '9 ?', '9 ?', 'for me', '0:2']);
  });

  it('says when the bytes are no frames of a server', () => {
    const { heard, read } = connect();
    const masked = serverFrame('x');
    masked[1]! |= 0x80;
    read(masked);
    expect(heard.all[0]).toMatch(/^illegal/);
  });
});
