import {
  type Dialect,
  type Found,
  KINDS,
  type Kind,
  type Line,
  readStamp,
  type Seat,
  type Stamp,
} from '@parley/load-generator';

/*
 * Engine.IO 4 over WebSocket, one packet per frame, the first digit its type: 0 open, 2 ping, 3 pong, 4 message. A message is a
 * Socket.IO 5 packet: 0 connect, 2 event, 3 acknowledgement, with the number that asks for it, then JSON.
 * https://socket.io/docs/v4/engine-io-protocol/, https://socket.io/docs/v4/socket-io-protocol/
 */
const PING = '2';
const PONG = '3';
const CONNECT = '40';
const FOUR = 0x34;
const TWO = 0x32;
const BRACKET = 0x5b;
const ACK = /^43(\d+)\[/;
/** Number of the event that joins; messages are numbered from 1. */
const JOIN = 0;

const roomOf = ({ room }: Seat) => `room-${room}`;

/** Speaks with `tools/bench/peers/socket-io.ts`. */
export class SocketIoDialect implements Dialect {
  readonly numbering = 'sender';

  async enter(line: Line, seat: Seat): Promise<void> {
    const connected = line.expect((payload) => payload.startsWith(CONNECT) || undefined, 'namespace');
    line.send(CONNECT);
    await connected;
    const joined = line.expect((payload) => payload.startsWith(`43${JOIN}[`) || undefined, 'room');
    line.send(`42${JOIN}["join","${roomOf(seat)}"]`);
    await joined;
  }

  message(seat: Seat, text: string, { number }: Stamp): string {
    return `42${number}["message","${roomOf(seat)}","${text}"]`;
  }

  /** Every event without an acknowledgement number is a message: the server sends no others. */
  classify(bytes: Buffer, start: number, end: number, found: Found): Kind {
    if (bytes[start] !== FOUR || bytes[start + 1] !== TWO || bytes[start + 2] !== BRACKET)
      return KINDS.personal;
    if (!readStamp(bytes, start, end, found)) return KINDS.ignored;
    found.stream = found.sender;
    found.seq = found.number;
    return KINDS.delivery;
  }

  receive(line: Line, payload: string): void {
    if (payload === PING) line.send(PONG);
    const number = ACK.exec(payload)?.[1];
    if (number !== undefined) line.acknowledged(line.seat.sender, Number(number));
  }
}

export default (): SocketIoDialect => new SocketIoDialect();
