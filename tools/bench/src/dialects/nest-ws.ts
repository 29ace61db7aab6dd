import {
  type Dialect,
  type Found,
  KINDS,
  type Kind,
  type Line,
  readStamp,
  type Seat,
} from '@parley/load-generator';

const roomOf = ({ room }: Seat) => `room-${room}`;

/** Speaks with `tools/bench/peers/nest-ws.ts`: `{"event", "data"}`, the frames of Nest's adapter for `ws`. The peer acknowledges nothing. */
export class NestWsDialect implements Dialect {
  readonly numbering = 'sender';

  async enter(line: Line, seat: Seat): Promise<void> {
    const joined = line.expect((payload) => payload.startsWith('{"event":"joined"') || undefined, 'room');
    line.send(JSON.stringify({ event: 'join', data: roomOf(seat) }));
    await joined;
  }

  message(seat: Seat, text: string): string {
    return `{"event":"message","data":{"room":"${roomOf(seat)}","text":"${text}"}}`;
  }

  /** Only messages carry a stamp. */
  classify(bytes: Buffer, start: number, end: number, found: Found): Kind {
    if (!readStamp(bytes, start, end, found)) return KINDS.personal;
    found.stream = found.sender;
    found.seq = found.number;
    return KINDS.delivery;
  }
}

export default (): NestWsDialect => new NestWsDialect();
