import { describe, expect, it } from '@jest/globals';
import { GENERAL_CHANNEL } from '@parley/contracts';
import { eventOf } from './webhook-event.js';

const frame = (json: object, seq = 7) => ({ seq, json: JSON.stringify(json) });
const posted = (Message: string) =>
  frame({ type: 'channelMessage', channelMessage: { UUID: 'm-1', Message } });
const edited = (at: string, seq = 8) => frame({ type: 'messageEdit', messageEdit: { UUID: 'm-1', at } }, seq);
const idOf = (...event: Parameters<typeof eventOf>) => eventOf(...event).id;

describe('the event of an entry', () => {
  it('has a type, the channel, its place and the frame', () => {
    expect(eventOf(GENERAL_CHANNEL, 'e-1', posted('hi'))).toMatchObject({
      ...{ kind: 'message', type: 'message.created' },
      data: {
        channel: { channelUUID: GENERAL_CHANNEL, kind: 'general' },
        ...{ epoch: 'e-1', seq: 7, frame: { channelMessage: { Message: 'hi' } } },
      },
    });
    const kicked = frame({ type: 'sys', sys: { type: 'channelKick', channelKick: { at: 'now' } } });
    expect(eventOf(GENERAL_CHANNEL, 'e-1', kicked)).toMatchObject({
      ...{ kind: 'membership', type: 'membership.channelKick' },
    });
  });

  it('keeps its id in a later epoch, and when the message is a tombstone by then', () => {
    expect(idOf(GENERAL_CHANNEL, 'e-2', posted(''))).toBe(idOf(GENERAL_CHANNEL, 'e-1', posted('hi')));
    expect(idOf(GENERAL_CHANNEL, 'e-2', edited('now'))).toBe(idOf(GENERAL_CHANNEL, 'e-1', edited('now')));
  });

  it('has another id in another channel, at another place or time', () => {
    const ids = [
      idOf(GENERAL_CHANNEL, 'e', posted('hi')),
      idOf('another', 'e', posted('hi')),
      idOf(GENERAL_CHANNEL, 'e', edited('now')),
      idOf(GENERAL_CHANNEL, 'e', edited('later')),
      idOf(GENERAL_CHANNEL, 'e', edited('now', 9)),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});
