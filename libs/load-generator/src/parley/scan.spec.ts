import { describe, expect, it } from '@jest/globals';
import { writeStamp } from '../stamp.js';
import { type Found, KINDS } from '../wire/found.js';
import { classifyParley } from './scan.js';

const channel = '0190b5a2-7e11-7c3e-8000-00000000000a';
const rooms = new Map([[channel, 3]]);
const stamp = { origin: 12, sender: 3, number: 45, due: 1_795_730_400_123_456 };

const message = (fields: object) => ({
  type: 'channelMessage',
  channelMessage: { UUID: 'u', Sender: { Username: 'a"}}' }, Message: writeStamp(stamp, 60), ...fields },
});
const tail = { ChannelUUID: channel, CreatedAt: '2026-11-26T22:00:00.000Z', Seq: 1_234_567 };

const classify = (frame: object) => {
  const found: Found = { stream: -2, seq: -2, origin: -2, sender: -2, number: -2, due: -2 };
  const bytes = Buffer.from(`##${JSON.stringify(frame)}##`);
  return { kind: classifyParley(bytes, 2, bytes.length - 2, rooms, found), found };
};

describe("a frame of Parley's", () => {
  it('is a delivery with its channel, Seq and stamp', () => {
    const delivery = { kind: KINDS.delivery, found: { stream: 3, seq: 1_234_567, ...stamp } };
    expect(classify(message(tail))).toEqual(delivery);
  });

  it.each([
    ['fields in another order', { Seq: 1_234_567, ChannelUUID: channel, CreatedAt: 'x' }],
    ['a field more', { ...tail, edited: true }],
    ['an object at the end', { ...tail, more: { Seq: 9 } }],
  ])('is understood with %s', (_, fields) => {
    expect(classify(message(fields)).found).toMatchObject({ stream: 3, seq: 1_234_567, due: stamp.due });
  });

  it('has no time when its text has no stamp, and no room when that is unknown', () => {
    const { found } = classify(
      message({ Message: 'hello', ...tail, ChannelUUID: channel.replace('a', 'b') }),
    );
    expect(found).toMatchObject({ stream: -1, seq: 1_234_567, due: 0 });
  });

  it.each(['sys', 'ready', 'channelLeave', 'pong'])('is ignored when it is a %s', (type) => {
    expect(classify({ type, [type]: {} }).kind).toBe(KINDS.ignored);
  });

  it('is for its connection when it tells a new epoch', () => {
    const sys = { type: 'channelEpoch', channelEpoch: { channelUUID: channel, epoch: 'e', from: 7 } };
    expect(classify({ type: 'sys', sys }).kind).toBe(KINDS.personal);
  });

  it.each(['ack', 'error', 'channelJoin', 'resumed', 'channelMessages', 'signOut', 'authorized'])(
    'is for its connection when it is a %s',
    (type) => expect(classify({ type, [type]: {} }).kind).toBe(KINDS.personal),
  );
});
