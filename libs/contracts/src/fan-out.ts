/**
 * What is published on a channel's pub/sub channel: the finished JSON of one frame behind a short binary
 * head, so that a gateway writes it to its sockets without parsing it. Several may follow one another.
 *
 * Head, 12 bytes, big-endian: Seq as an unsigned 64-bit integer (0: not part of the log, such as joins
 * and leaves), length of the JSON in bytes as an unsigned 32-bit integer. `append-message.lua` and its
 * siblings in the channels service write it with `struct.pack('>I8I4', seq, #json)`.
 */
export const FAN_OUT_HEAD_BYTES = 12;

const CUT_SHORT = 'A published frame is cut short.';

/** One published frame; `json` shares the memory of the buffer that was read. */
export interface PublishedFrame {
  readonly seq: number;
  readonly json: Buffer;
}

/** Puts the head before a frame's JSON. */
export function encodePublished(seq: number, json: string): Buffer {
  const length = Buffer.byteLength(json);
  const buffer = Buffer.allocUnsafe(FAN_OUT_HEAD_BYTES + length);
  buffer.writeBigUInt64BE(BigInt(seq), 0);
  buffer.writeUInt32BE(length, 8);
  buffer.write(json, FAN_OUT_HEAD_BYTES, 'utf8');
  return buffer;
}

/**
 * Reads every frame of one published buffer, in order.
 * @throws RangeError when the buffer ends inside a frame: the publisher and this reader disagree.
 */
export function* decodePublished(buffer: Buffer): Generator<PublishedFrame> {
  let offset = 0;
  while (offset < buffer.length) {
    if (offset + FAN_OUT_HEAD_BYTES > buffer.length) throw new RangeError(CUT_SHORT);
    // Two 32-bit reads: Seq stays below 2^53, and a BigInt would be made for every frame.
    const seq = buffer.readUInt32BE(offset) * 2 ** 32 + buffer.readUInt32BE(offset + 4);
    const start = offset + FAN_OUT_HEAD_BYTES;
    const end = start + buffer.readUInt32BE(offset + 8);
    if (end > buffer.length) throw new RangeError(CUT_SHORT);
    yield { seq, json: buffer.subarray(start, end) };
    offset = end;
  }
}

/** The pub/sub channel on which a chat channel's frames are published; the prefix is the deployment's. */
export const fanOutChannel = (prefix: string, channelUUID: string): string =>
  `${prefix}:channels:{${channelUUID}}:frames`;

/** The pub/sub channel for `sys` frames to every signed-in connection of every gateway. */
export const everyoneChannel = (prefix: string): string => `${prefix}:gateway:everyone`;
