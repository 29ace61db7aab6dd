import { describe, expect, it } from '@jest/globals';
import { type Found, KINDS, type Line, type Seat, type Stamp, writeStamp } from '@parley/load-generator';
import { NestWsDialect } from './nest-ws.js';
import { SocketIoDialect } from './socket-io.js';

const stamp: Stamp = { origin: 7, sender: 3, number: 12, due: 1_700_000_000_000_000 };
const text = writeStamp(stamp, 100);
const seat = { room: 4, sender: 3 } as Seat;
const nothingFound: Found = { stream: 0, seq: 0, origin: 0, sender: 0, number: 0, due: 0 };

function classify(dialect: Pick<SocketIoDialect, 'classify'>, payload: string) {
  const bytes = Buffer.from(`before${payload}after`);
  const found = { ...nothingFound };
  return { kind: dialect.classify(bytes, 6, bytes.length - 5, found), found };
}

/** Keeps what a dialect does with a connection. */
function fakeLine() {
  const sent: string[] = [];
  const acknowledged: number[][] = [];
  const line = {
    seat,
    send: (payload: string) => sent.push(payload),
    acknowledged: (...numbers: number[]) => acknowledged.push(numbers),
  } as unknown as Line;
  return { line, sent, acknowledged };
}

describe("Socket.IO's dialect", () => {
  const dialect = new SocketIoDialect();

  it('posts an event that asks to be acknowledged under the number of the message', () => {
    expect(dialect.message(seat, text, stamp)).toBe(`4212["message","room-4","${text}"]`);
  });

  it('finds the message of a sender in an event', () => {
    const { kind, found } = classify(dialect, `42["message","room-4","${text}"]`);
    expect(kind).toBe(KINDS.delivery);
    expect(found).toEqual({ ...stamp, stream: 3, seq: 12 });
  });

  it('answers pings and counts acknowledgements', () => {
    const { line, sent, acknowledged } = fakeLine();
    for (const payload of ['2', '4312[]']) {
      expect(classify(dialect, payload).kind).toBe(KINDS.personal);
      dialect.receive(line, payload);
    }
    expect(sent).toEqual(['3']);
    expect(acknowledged).toEqual([[3, 12]]);
  });
});

describe("the naive Nest gateway's dialect", () => {
  const dialect = new NestWsDialect();

  it('posts what the gateway passes on', () => {
    const frame = JSON.parse(dialect.message(seat, text)) as { event: string; data: unknown };
    expect(frame).toEqual({ event: 'message', data: { room: 'room-4', text } });
  });

  it('finds the message of a sender, and takes what has none for an answer', () => {
    const delivery = JSON.stringify({ event: 'message', data: { room: 'room-4', text } });
    expect(classify(dialect, delivery)).toEqual({
      kind: KINDS.delivery,
      found: { ...stamp, stream: 3, seq: 12 },
    });
    expect(classify(dialect, '{"event":"joined","data":"room-4"}').kind).toBe(KINDS.personal);
  });
});
