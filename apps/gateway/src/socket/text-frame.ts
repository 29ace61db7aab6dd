/** Final fragment, text: the first byte of every frame that is sent (RFC 6455, 5.2). */
const FINAL_TEXT = 0x81;
/** Of a compressed text (RFC 7692, 6). */
const RSV1 = 0x40;
/** Final fragment, pong. */
const FINAL_PONG = 0x8a;
const SHORT = 125;
const LONG_16 = 126;
const LONG_64 = 127;

/** The size of a frame whose text has `length` bytes. */
export function frameBytes(length: number): number {
  return headBytes(length) + length;
}

/** A text of UTF-8 bytes as one finished WebSocket frame, unmasked as servers send them (RFC 6455, 5.2). */
export function textFrame(payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(frameBytes(payload.length));
  putFrame(frame, 0, payload);
  return frame;
}

/** A pong with the payload of a ping, 125 bytes at most, in memory of its own. */
export function pongFrame(payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafeSlow(2 + payload.length);
  frame[0] = FINAL_PONG;
  frame[1] = payload.length;
  payload.copy(frame, 2);
  return frame;
}

/** Puts the frame of a text, or of a compressed one, at an offset; returns the offset after it. */
export function putFrame(into: Buffer, at: number, payload: Buffer, isDeflated = false): number {
  const { length } = payload;
  const start = at + headBytes(length);
  into[at] = isDeflated ? FINAL_TEXT | RSV1 : FINAL_TEXT;
  if (length <= SHORT) into[at + 1] = length;
  else if (length <= 0xffff) {
    into[at + 1] = LONG_16;
    into.writeUInt16BE(length, at + 2);
  } else {
    into[at + 1] = LONG_64;
    into.writeBigUInt64BE(BigInt(length), at + 2);
  }
  payload.copy(into, start);
  return start + length;
}

function headBytes(length: number): number {
  if (length <= SHORT) return 2;
  return length <= 0xffff ? 4 : 10;
}
