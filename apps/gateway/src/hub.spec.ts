import { beforeEach, describe, expect, it } from '@jest/globals';
import { encodePublished, fanOutChannel } from '@parley/contracts';
import { createLogger } from '@parley/service-kit';
import { fakeConnection } from './fixtures/fake-link.js';
import { FakeSubscriber } from './fixtures/fake-subscriber.js';
import { Hub } from './hub.js';

const CHANNEL = fanOutChannel('t', 'c');

describe('Hub', () => {
  let subscriber: FakeSubscriber;
  let hub: Hub;

  beforeEach(() => {
    subscriber = new FakeSubscriber();
    hub = new Hub(subscriber, { prefix: 't', maxBufferedBytes: 1_000 }, createLogger('test', 'fatal'));
  });

  async function join() {
    const { connection, link } = fakeConnection();
    const membership = await hub.add('c', connection);
    membership.release(0);
    return { membership, link };
  }

  const publish = (...seqs: number[]) =>
    subscriber.publish(CHANNEL, Buffer.concat(seqs.map((seq) => encodePublished(seq, `"${seq}"`))));

  it('subscribes when the first member comes and unsubscribes when the last goes', async () => {
    const first = await join();
    const second = await join();
    expect(subscriber.commands).toEqual([`+${CHANNEL}`]);
    hub.remove(first.membership);
    hub.remove(first.membership);
    expect(subscriber.commands).toEqual([`+${CHANNEL}`]);
    hub.remove(second.membership);
    expect(subscriber.commands).toEqual([`+${CHANNEL}`, `-${CHANNEL}`]);
    expect(hub.size).toBe(0);
  });

  it('is subscribed after a leave and a join in quick succession', async () => {
    const first = await join();
    hub.remove(first.membership);
    const second = await join();
    expect(subscriber.commands.at(-1)).toBe(`+${CHANNEL}`);
    publish(1);
    expect(first.link.texts).toEqual([]);
    expect(second.link.texts).toEqual(['"1"']);
  });

  it('delivers each frame of a published buffer to each member, in order', async () => {
    const members = [await join(), await join()];
    publish(1, 0, 2);
    for (const { link } of members) expect(link.texts).toEqual(['"1"', '"0"', '"2"']);
  });

  it('leaves nothing behind when Redis refuses the subscription, and tries again for the next', async () => {
    subscriber.confirmation = Promise.reject(new Error('refused'));
    const { connection } = fakeConnection();
    await expect(hub.add('c', connection)).rejects.toMatchObject({ name: 'UNAVAILABLE' });
    expect(hub.size).toBe(0);
    subscriber.confirmation = Promise.resolve();
    const { link } = await join();
    publish(1);
    expect(link.texts).toEqual(['"1"']);
  });

  it('goes on after bytes that are no frame', async () => {
    const { link } = await join();
    subscriber.publish(CHANNEL, Buffer.from('rubbish'));
    publish(1);
    expect(link.texts).toEqual(['"1"']);
  });

  it('tells when a Seq has come by', async () => {
    await join();
    let hasReached = false;
    const reached = hub.reached('c', 2).then(() => {
      hasReached = true;
    });
    publish(1);
    await Promise.resolve();
    expect(hasReached).toBe(false);
    publish(2);
    await reached;
    await hub.reached('c', 1);
  });

  it('does not wait for what a snapshot held, nor in a channel that nobody holds', async () => {
    const { membership } = await join();
    hub.noteSnapshot('c', 5);
    await hub.reached('c', 5);
    const waiting = hub.reached('c', 6);
    hub.remove(membership);
    await waiting;
    await hub.reached('c', 7);
  });
});
