import { describe, expect, it } from '@jest/globals';
import type { Frame, Peer } from '../peer.js';
import { numbered, post } from './conversation.js';

describe('post', () => {
  it('lets at most 20 posts wait at once, and returns the ack of each in order', async () => {
    let waiting = 0;
    let most = 0;
    const ask = async (frame: Frame): Promise<Frame> => {
      waiting += 1;
      most = Math.max(most, waiting);
      await Promise.resolve();
      waiting -= 1;
      return { type: 'ack', ack: frame['channelMessage'].message };
    };
    const texts = numbered(50);
    expect(await post({ ask } as unknown as Peer, 'bob', texts)).toEqual(texts);
    expect(most).toBe(20);
  });
});
