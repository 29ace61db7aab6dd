import { describe, expect, it } from '@jest/globals';
import { decodeServerFrame, type ServerFrameType, serverPayloads } from '@parley/protocol';
import { FRAME_EXAMPLES } from '@parley/protocol/asyncapi';
import { readFrame } from './read-frame.js';
import { SHAPES } from './shapes.js';

const examples = Object.entries(FRAME_EXAMPLES).flatMap(([type, payloads]) =>
  payloads.map((payload) => ({ type: type as ServerFrameType, payload: payload as object })),
);
const textOf = (type: string, payload: unknown) => JSON.stringify({ type, [type]: payload, id: 7 });

/** A value with each of its fields left out, or of another kind, in turn, at any depth. */
function* damaged(value: unknown): Iterable<unknown> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    const copy = () => (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
    if (!Array.isArray(value)) {
      const without = copy();
      delete without[key];
      yield without;
    }
    yield Object.assign(copy(), { [key]: typeof part === 'string' ? 1 : 'other' });
    for (const deeper of damaged(part)) yield Object.assign(copy(), { [key]: deeper });
  }
}

const isDecodable = (text: string) => {
  try {
    decodeServerFrame(text);
    return true;
  } catch {
    return false;
  }
};

describe('what the client reads', () => {
  it('is every type of frame that the protocol has', () => {
    expect(Object.keys(SHAPES).sort()).toEqual(Object.keys(serverPayloads).sort());
  });

  it.each(examples)('is each example of $type, as it was sent', ({ type, payload }) => {
    expect(readFrame(textOf(type, payload))).toEqual({ id: 7, frame: { type, [type]: payload, id: 7 } });
  });

  it.each(examples)('is all of $type that the protocol allows', ({ type, payload }) => {
    for (const other of damaged(payload)) {
      const text = textOf(type, other);
      if (isDecodable(text)) expect(readFrame(text).frame).toBeDefined();
    }
  });

  it.each([
    [
      'a message without a Seq',
      'channelMessage',
      { ...(FRAME_EXAMPLES.channelMessage[0] as object), Seq: undefined },
    ],
    [
      'a message whose sender is a text',
      'channelMessage',
      { ...FRAME_EXAMPLES.channelMessage[0], Sender: 'Ada' },
    ],
    [
      'a page with a message that is none',
      'channelMessages',
      { ...FRAME_EXAMPLES.channelMessages[0], messages: [{}] },
    ],
    ['a Seq below 0', 'subscribed', { channelUUID: 'c', epoch: 'e', seq: -1 }],
    ['a Seq that is no whole number', 'subscribed', { channelUUID: 'c', epoch: 'e', seq: 1.5 }],
    ['news of an unknown kind', 'sys', { type: 'channelMerge', channelMerge: {} }],
    ['news named like a part of every object', 'sys', { type: 'constructor', constructor: {} }],
    ['news that is nothing', 'sys', null],
    ['an unknown type', 'later', {}],
    ['a type named like a part of every object', 'toString', {}],
  ])('is not %s, and its id is told', (_, type, payload) => {
    expect(readFrame(textOf(type, payload))).toEqual({ id: 7 });
  });

  it.each(['', '{', 'null', '7', '[]', '{"type":7}'])('is not %j', (text) => {
    expect(readFrame(text).frame).toBeUndefined();
  });

  it('takes a missing payload for an empty one', () => {
    expect(readFrame('{"type":"pong"}').frame).toEqual({ type: 'pong', pong: {} });
  });
});
