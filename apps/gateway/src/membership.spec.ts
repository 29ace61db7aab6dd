import { describe, expect, it } from '@jest/globals';
import { fakeConnection } from './fixtures/fake-link.js';
import { Membership } from './membership.js';
import { textFrame } from './text-frame.js';

function member(maxHeldBytes = 1_000) {
  const { connection, link } = fakeConnection();
  const membership = new Membership(connection, 'c', maxHeldBytes);
  const offer = (...seqs: number[]) => {
    for (const seq of seqs) membership.offer(seq, textFrame(Buffer.from(String(seq))));
  };
  return { membership, offer, link };
}

describe('Membership', () => {
  it('delivers nothing until it is released, then only what the snapshot does not hold', () => {
    const { membership, offer, link } = member();
    offer(1, 2, 0, 3);
    expect(link.texts).toEqual([]);
    membership.release(2);
    expect(link.texts).toEqual(['0', '3']);
  });

  it('drops a frame of the snapshot that comes late', () => {
    const { membership, offer, link } = member();
    membership.release(5);
    offer(4, 5, 6, 0, 7);
    expect(link.texts).toEqual(['6', '0', '7']);
  });

  it('delivers everything, once and in order, to one that was joined all along', () => {
    const { membership, offer, link } = member();
    membership.release(1);
    offer(2);
    membership.hold();
    offer(3, 0, 4);
    membership.flush(3);
    expect(link.texts).toEqual(['2', '3', '0']);
    offer(5);
    membership.release();
    expect(link.texts).toEqual(['2', '3', '0', '4', '5']);
  });

  it('ends a connection for which too much is held', () => {
    const { offer, link } = member(10);
    offer(1, 2, 3);
    expect(link.closed).toBeUndefined();
    offer(4);
    expect(link.closed).toBe(4008);
  });
});
