import { describe, expect, it } from '@jest/globals';
import { encodePublished, epochTag } from '@parley/contracts';
import { fakeConnection } from '../socket/fixtures/fake-link.js';
import { textFrame } from '../socket/text-frame.js';
import { fakeHub } from './fixtures/fake-hub.js';
import { ROLE } from './membership.js';

const EPOCH = '00000001-0000-4000-8000-000000000000';

async function member() {
  const { hub, pace } = fakeHub();
  const { connection, link } = fakeConnection({ maxBufferedBytes: 1_000_000 });
  const membership = await hub.addMember('c', connection, ROLE.subscribed);
  const log = hub.find('c')!;
  const offer = (...seqs: number[]) => {
    for (const seq of seqs) log.receive(encodePublished(seq, String(seq), seq === 0 ? 0 : epochTag(EPOCH)));
    pace.flush();
  };
  const enter = (seq: number) => {
    membership.place(EPOCH, seq);
    membership.log.learn({ epoch: EPOCH, seq }, 0);
    return membership.goLive();
  };
  return { membership, log, offer, enter, link };
}

describe('Membership', () => {
  it('delivers nothing until it is live, and then only what the snapshot does not hold', async () => {
    const { offer, enter, link } = await member();
    offer(1, 2, 0, 3);
    expect(link.texts).toEqual([]);
    expect(enter(2)).toBe(true);
    expect(link.texts).toEqual(['0', '3']);
  });

  it('drops a late frame that the snapshot holds', async () => {
    const { offer, enter, link } = await member();
    offer(4);
    expect(enter(6)).toBe(true);
    offer(5, 6, 7, 0, 8);
    expect(link.texts).toEqual(['7', '0', '8']);
  });

  it('delivers everything, once and in order, to a connection that was a member all along', async () => {
    const { membership, offer, enter, link } = await member();
    enter(1);
    offer(2);
    membership.hold();
    offer(3, 0, 4);
    membership.deliverHeld(3);
    expect(link.texts).toEqual(['2', '3', '0']);
    offer(5);
    expect(membership.goLive()).toBe(true);
    expect(link.texts).toEqual(['2', '3', '0', '4', '5']);
  });

  it('does not go live over a gap between where it is and what it held', async () => {
    const { membership, offer, enter, link } = await member();
    enter(5);
    membership.startHolding();
    membership.place(EPOCH, 3);
    offer(6);
    expect(membership.goLive()).toBe(false);
    membership.deliver(4, textFrame(Buffer.from('4')));
    membership.deliver(5, textFrame(Buffer.from('5')));
    expect(membership.goLive()).toBe(true);
    expect(link.texts).toEqual(['4', '5', '6']);
  });

  it('keeps the notices that it held when the log is read instead of the entries', async () => {
    const { membership, offer, enter, link } = await member();
    offer(1, 0, 2);
    membership.startHolding();
    membership.skip();
    offer(0, 3);
    expect(enter(3)).toBe(true);
    expect(link.texts).toEqual(['0', '0']);
  });

  it('keeps no more than its bound, and beyond it does not go live until the log is read', async () => {
    const { membership, log, enter, link } = await member();
    enter(0);
    membership.hold();
    const frame = textFrame(Buffer.alloc(100_000));
    for (let seq = 1; seq <= 3; seq += 1) membership.offer(seq, frame);
    log.seq = 3;
    expect(membership.goLive()).toBe(false);
    expect(link.texts).toEqual([]);
  });
});
