import { readStamp } from '../stamp.js';
import { type Found, KINDS, type Kind } from '../wire/found.js';

/** The number of each room by the UUID of its channel. */
export type Rooms = Map<string, number>;

const TYPE_AT = '{"type":"'.length;
const MESSAGE = Buffer.from('channelMessage"');
const EPOCH = Buffer.from('sys","sys":{"type":"channelEpoch"');
/** Frames about other users, or that nothing waits for. */
const IGNORED = ['sys"', 'ready"', 'channelLeave"', 'pong"'].map((type) => Buffer.from(type));

const CHANNEL = Buffer.from('"ChannelUUID":"');
const CREATED = Buffer.from('","CreatedAt":"');
const SEQ = Buffer.from('","Seq":');
const UUID_BYTES = 36;
const ZERO = 0x30;
const QUOTE = 0x22;
const BRACE = 0x7d;

/**
 * Classifies a frame of Parley. A message ends with `"ChannelUUID":"…","CreatedAt":"…","Seq":N}}`: its position is read
 * backwards from there, its stamp from the text, and nothing is parsed. A message that ends otherwise is parsed as JSON.
 */
export function classifyParley(bytes: Buffer, start: number, end: number, rooms: Rooms, found: Found): Kind {
  if (startsWith(bytes, start + TYPE_AT, MESSAGE)) {
    if (!readTail(bytes, start, end, rooms, found))
      readParsed(bytes.toString('utf8', start, end), rooms, found);
    if (!readStamp(bytes, start, end, found)) found.due = 0;
    return KINDS.delivery;
  }
  if (startsWith(bytes, start + TYPE_AT, EPOCH)) return KINDS.personal;
  return IGNORED.some((type) => startsWith(bytes, start + TYPE_AT, type)) ? KINDS.ignored : KINDS.personal;
}

function readTail(bytes: Buffer, start: number, end: number, rooms: Rooms, found: Found): boolean {
  let at = end - 2;
  if (bytes[at] !== BRACE || bytes[at + 1] !== BRACE) return false;
  let [seq, unit] = [0, 1];
  for (at -= 1; at > start && isDigit(bytes[at]!); at -= 1, unit *= 10) seq += (bytes[at]! - ZERO) * unit;
  at -= SEQ.length - 1;
  if (unit === 1 || !startsWith(bytes, at, SEQ)) return false;
  for (at -= 1; at > start && bytes[at] !== QUOTE; ) at -= 1;
  at -= CREATED.length - 1;
  if (!startsWith(bytes, at, CREATED)) return false;
  at -= UUID_BYTES;
  if (!startsWith(bytes, at - CHANNEL.length, CHANNEL)) return false;
  found.seq = seq;
  found.stream = rooms.get(bytes.toString('latin1', at, at + UUID_BYTES)) ?? -1;
  return true;
}

function readParsed(payload: string, rooms: Rooms, found: Found): void {
  const { channelMessage } = JSON.parse(payload) as { channelMessage: { ChannelUUID: string; Seq: number } };
  found.seq = channelMessage.Seq;
  found.stream = rooms.get(channelMessage.ChannelUUID) ?? -1;
}

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= ZERO + 9;

function startsWith(bytes: Buffer, at: number, text: Buffer): boolean {
  for (let place = 0; place < text.length; place += 1) if (bytes[at + place] !== text[place]) return false;
  return true;
}
