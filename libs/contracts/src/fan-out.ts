import { isUtf8 } from 'node:buffer';
import { inboxId, type LogId } from './logs.js';

/**
 * What is published on a log's pub/sub channel: a short binary head and the finished JSON of one frame, which a gateway
 * writes to its sockets without parsing it. Several frames may follow one another. Who may publish is trusted to write JSON:
 * only the channels service may. A text that is no UTF-8 would close the connections of all who get it, so it is refused.
 *
 * The head has 16 bytes, big-endian: one byte with the version, the Seq as an unsigned 56-bit integer (0 if the frame is not part
 * of the log, such as joins and leaves), then, as unsigned 32-bit integers, the tag of the log's epoch (0 with Seq 0) and the
 * length of the JSON in bytes. `log.lua` of the channels service writes it. The tag shows a gateway that an epoch is new before
 * the gateway mistakes a low Seq for an old one.
 *
 * The byte of the version was the highest of the Seq's before heads had versions, and 0 because no Seq is that large. So a head
 * without a version is one of version 0. Versions 0 and 1 are laid out alike, and both are read. Version 0 is what is written, for
 * one release longer: a gateway of the release before takes any other for a huge Seq.
 */
export const FAN_OUT_HEAD_BYTES = 16;

/** The newest version of the head that is read. */
const FAN_OUT_VERSION = 1;
/** The version that is written. */
const WRITTEN_VERSION = 0;

const CUT_SHORT = 'A published frame is cut short.';
const NEWER = 'A published frame is of a newer version.';
const NO_TEXT = 'A published frame is no UTF-8.';

/** One published frame. `json` shares the memory of the buffer that was read. */
export interface PublishedFrame {
  readonly seq: number;
  /** See {@link epochTag}; 0 with Seq 0. */
  readonly epochTag: number;
  readonly json: Buffer;
}

/** The tag of an epoch: the first 32 bits of its UUID. Two epochs have the same tag once in 4 billion times. */
export const epochTag = (epoch: string): number => Number.parseInt(epoch.slice(0, 8), 16);

/**
 * Puts the head before a frame's JSON.
 * @param tag of the epoch that Seq belongs to, see {@link epochTag}.
 */
export function encodePublished(seq: number, json: string, tag = 0): Buffer {
  const length = Buffer.byteLength(json);
  const buffer = Buffer.allocUnsafe(FAN_OUT_HEAD_BYTES + length);
  buffer.writeBigUInt64BE(BigInt(seq), 0);
  buffer[0] = WRITTEN_VERSION;
  buffer.writeUInt32BE(tag, 8);
  buffer.writeUInt32BE(length, 12);
  buffer.write(json, FAN_OUT_HEAD_BYTES, 'utf8');
  return buffer;
}

/**
 * Reads all frames of one published buffer, in order.
 * @throws RangeError if the buffer ends inside a frame, or the frame is of a newer version or no UTF-8: the publisher and this
 * reader disagree.
 */
export function* decodePublished(buffer: Buffer): Generator<PublishedFrame> {
  let offset = 0;
  while (offset < buffer.length) {
    if (offset + FAN_OUT_HEAD_BYTES > buffer.length) throw new RangeError(CUT_SHORT);
    // Two 32-bit reads: Seq stays below 2^53, and a BigInt would cost an allocation per frame.
    const high = buffer.readUInt32BE(offset);
    if (high >>> 24 > FAN_OUT_VERSION) throw new RangeError(NEWER);
    const seq = (high & 0xff_ffff) * 2 ** 32 + buffer.readUInt32BE(offset + 4);
    const start = offset + FAN_OUT_HEAD_BYTES;
    const end = start + buffer.readUInt32BE(offset + 12);
    if (end > buffer.length) throw new RangeError(CUT_SHORT);
    const json = buffer.subarray(start, end);
    // About 80 ns for a message of 350 bytes, once for all members here.
    if (!isUtf8(json)) throw new RangeError(NO_TEXT);
    yield { seq, epochTag: buffer.readUInt32BE(offset + 8), json };
    offset = end;
  }
}

/** The pub/sub channel of a log's frames. The prefix is the deployment's. */
export const fanOutChannel = (prefix: string, log: LogId): string => `${prefix}:channels:{${log}}:frames`;

/** The pub/sub channel for `sys` frames to every signed-in connection of every gateway. */
export const everyoneChannel = (prefix: string): string => `${prefix}:gateway:everyone`;

/** The pub/sub channel for `sys` frames about one user, to the gateways whose users watch that user. */
export const watchersChannel = (prefix: string, userUUID: string): string =>
  `${prefix}:gateway:presence:${userUUID}`;

/** What docs/redis-keys.md says of a pub/sub channel. */
interface CataloguedChannel {
  readonly pattern: string;
  readonly publisher: string;
  readonly subscribers: string;
  readonly carries: string;
}

/** Every pub/sub channel between services but those of the transport, without the deployment's prefix. */
export const CHANNEL_CATALOGUE: readonly CataloguedChannel[] = [
  {
    pattern: fanOutChannel('', '<channelUUID>').slice(1),
    publisher: 'channels',
    subscribers: 'gateways with connections in it',
    carries: `frames of one channel, finished, after a head of ${FAN_OUT_HEAD_BYTES} bytes`,
  },
  {
    pattern: fanOutChannel('', inboxId('<userUUID>')).slice(1),
    publisher: 'channels',
    subscribers: 'gateways that serve that inbox',
    carries: 'items of one inbox, after the same head',
  },
  {
    pattern: everyoneChannel('').slice(1),
    publisher: 'gateway',
    subscribers: 'every gateway',
    carries: '`sys` frames for every signed-in connection',
  },
  {
    pattern: watchersChannel('', '<userUUID>').slice(1),
    publisher: 'gateway',
    subscribers: 'gateways with users who watch that user, above `PRESENCE_BROADCAST_USERS`',
    carries: 'the UUID of a user, and a `sys` frame that this user signs in or out',
  },
];
