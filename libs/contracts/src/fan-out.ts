import type { LogId } from './logs.js';

/**
 * What is published on a log's pub/sub channel: the finished JSON of one frame behind a short binary head, so
 * that a gateway writes it to its sockets without parsing it. Several may follow one another.
 *
 * Head, 16 bytes, big-endian: Seq as an unsigned 64-bit integer (0: not part of the log, such as joins and
 * leaves), the tag of the log's epoch (0 with Seq 0) and the length of the JSON in bytes as unsigned 32-bit
 * integers. `log.lua` of the channels service writes it. The tag lets a gateway see a new epoch before it takes a low
 * Seq for an old one.
 */
export const FAN_OUT_HEAD_BYTES = 16;

const CUT_SHORT = 'A published frame is cut short.';

/** One published frame; `json` shares the memory of the buffer that was read. */
export interface PublishedFrame {
  readonly seq: number;
  /** See {@link epochTag}; 0 with Seq 0. */
  readonly epochTag: number;
  readonly json: Buffer;
}

/** What a head says of an epoch: the first 32 bits of its UUID. Two epochs share one once in 4 billion times. */
export const epochTag = (epoch: string): number => Number.parseInt(epoch.slice(0, 8), 16);

/**
 * Puts the head before a frame's JSON.
 * @param tag of the epoch that Seq belongs to, see {@link epochTag}.
 */
export function encodePublished(seq: number, json: string, tag = 0): Buffer {
  const length = Buffer.byteLength(json);
  const buffer = Buffer.allocUnsafe(FAN_OUT_HEAD_BYTES + length);
  buffer.writeBigUInt64BE(BigInt(seq), 0);
  buffer.writeUInt32BE(tag, 8);
  buffer.writeUInt32BE(length, 12);
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
    const end = start + buffer.readUInt32BE(offset + 12);
    if (end > buffer.length) throw new RangeError(CUT_SHORT);
    yield { seq, epochTag: buffer.readUInt32BE(offset + 8), json: buffer.subarray(start, end) };
    offset = end;
  }
}

/** The pub/sub channel on which the frames of a log are published; the prefix is the deployment's. */
export const fanOutChannel = (prefix: string, log: LogId): string => `${prefix}:channels:{${log}}:frames`;

/** The pub/sub channel for `sys` frames to every signed-in connection of every gateway. */
export const everyoneChannel = (prefix: string): string => `${prefix}:gateway:everyone`;
