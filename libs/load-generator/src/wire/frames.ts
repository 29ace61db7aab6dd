/** Operation codes of RFC 6455, 5.2. */
export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const FINAL = 0x80;
const MASKED = 0x80;
const MASK_BYTES = 4;

/** The position of one frame in a buffer. */
export interface FrameHead {
  opcode: number;
  final: boolean;
  /** Whether an extension's bit is set or the frame is masked. Without negotiation, no server sends that. */
  illegal: boolean;
  payloadStart: number;
  end: number;
}

/** An empty head for {@link readHead} to fill. */
export const emptyHead = (): FrameHead => ({
  opcode: 0,
  final: false,
  illegal: false,
  payloadStart: 0,
  end: 0,
});

/**
 * Reads the head of the frame that begins at `at` into `head`, without copying. False when `bytes[at, end)` does not
 * hold the whole head yet. When `head.end` is beyond `end`, the payload is incomplete.
 */
export function readHead(bytes: Buffer, at: number, end: number, head: FrameHead): boolean {
  if (end - at < 2) return false;
  const [first, second] = [bytes[at]!, bytes[at + 1]!];
  const short = second & 0x7f;
  const headBytes = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (end - at < headBytes) return false;
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : readLength(bytes, at + 2);
  head.opcode = first & 0x0f;
  head.final = (first & FINAL) !== 0;
  head.illegal = (first & 0x70) !== 0 || (second & MASKED) !== 0;
  head.payloadStart = at + headBytes;
  head.end = head.payloadStart + length;
  return true;
}

const readLength = (bytes: Buffer, at: number): number =>
  bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);

/**
 * One complete frame from a client. Its masking key is zero. RFC 6455 asks for an unpredictable key to protect proxies on the
 * way, and a load test meets none; unmasking costs the server the same.
 */
export function clientFrame(opcode: number, payload: Buffer | string): Buffer {
  const length = Buffer.byteLength(payload);
  const start = (length < 126 ? 2 : length < 65_536 ? 4 : 10) + MASK_BYTES;
  const frame = Buffer.allocUnsafe(start + length);
  frame[0] = FINAL | opcode;
  if (length < 126) frame[1] = MASKED | length;
  else if (length < 65_536) {
    frame[1] = MASKED | 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = MASKED | 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.fill(0, start - MASK_BYTES, start);
  if (typeof payload === 'string') frame.write(payload, start);
  else payload.copy(frame, start);
  return frame;
}
