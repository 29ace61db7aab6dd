/** Final fragment, text: the first byte of every frame that is sent (RFC 6455, 5.2). */
const FINAL_TEXT = 0x81;
const SHORT = 125;
const LONG_16 = 126;
const LONG_64 = 127;

/** A text of UTF-8 bytes as one finished WebSocket frame, unmasked as servers send them (RFC 6455, 5.2). */
export function textFrame(payload: Buffer): Buffer {
  const { length } = payload;
  const head = length <= SHORT ? 2 : length <= 0xffff ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + length);
  frame[0] = FINAL_TEXT;
  if (head === 2) frame[1] = length;
  else if (head === 4) {
    frame[1] = LONG_16;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = LONG_64;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  payload.copy(frame, head);
  return frame;
}
