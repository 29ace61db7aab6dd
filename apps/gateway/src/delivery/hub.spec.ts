import { beforeEach, describe, expect, it } from '@jest/globals';
import { fanOutChannel } from '@parley/contracts';
import { eventually } from '@parley/testing';
import { unreadableFrames } from '../metrics.js';
import { fakeConnection } from '../socket/fixtures/fake-link.js';
import { fakeHub } from './fixtures/fake-hub.js';
import type { FakeLogReader } from './fixtures/fake-log.js';
import type { FakeSubscriber } from './fixtures/fake-subscriber.js';
import type { Hub } from './hub.js';
import { ROLE } from './membership.js';

const CHANNEL = fanOutChannel('t', 'c');

describe('Hub', () => {
  let subscriber: FakeSubscriber;
  let reader: FakeLogReader;
  let hub: Hub;

  beforeEach(() => {
    ({ subscriber, reader, hub } = fakeHub());
    reader.log('c');
  });

  async function join() {
    const { connection, link } = fakeConnection();
    const membership = await hub.addMember('c', connection, ROLE.joined);
    const { epoch, seq } = reader.log('c').head;
    membership.place(epoch, seq);
    membership.log.learn({ epoch, seq }, 0);
    membership.goLive();
    return { connection, membership, link };
  }

  /** Stores that many messages and publishes them. */
  const publish = (count: number) => {
    const frames = Array.from({ length: count }, () => reader.log('c').append());
    subscriber.publish(CHANNEL, Buffer.concat(frames));
  };

  it('subscribes when the first member comes and unsubscribes when the last goes', async () => {
    const first = await join();
    const second = await join();
    expect(subscriber.commands).toEqual([`+${CHANNEL}`]);
    hub.removeRole(first.membership, ROLE.joined);
    hub.removeRole(first.membership, ROLE.joined);
    expect(subscriber.commands).toEqual([`+${CHANNEL}`]);
    hub.removeRole(second.membership, ROLE.joined);
    expect(subscriber.commands).toEqual([`+${CHANNEL}`, `-${CHANNEL}`]);
    expect(hub.size).toBe(0);
  });

  it('is subscribed after a leave and a join in quick succession', async () => {
    const first = await join();
    hub.removeRole(first.membership, ROLE.joined);
    const second = await join();
    expect(subscriber.commands.at(-1)).toBe(`+${CHANNEL}`);
    publish(1);
    expect(first.link.texts).toEqual([]);
    expect(second.link.texts).toEqual(['"1/1"']);
  });

  it('delivers each frame of a published buffer to each member, in order', async () => {
    const members = [await join(), await join()];
    publish(3);
    for (const { link } of members) expect(link.texts).toEqual(['"1/1"', '"1/2"', '"1/3"']);
  });

  it('delivers a frame once to a connection that is a member for two reasons, until both have ended', async () => {
    const { connection, membership, link } = await join();
    expect(await hub.addMember('c', connection, ROLE.subscribed)).toBe(membership);
    publish(1);
    hub.removeRole(membership, ROLE.joined);
    publish(1);
    expect(link.texts).toEqual(['"1/1"', '"1/2"']);
    hub.removeRole(membership, ROLE.subscribed);
    publish(1);
    expect(link.texts).toHaveLength(2);
    expect(connection.memberships).toEqual([]);
  });

  it('leaves nothing in place when Redis refuses the subscription, and tries again for the next', async () => {
    subscriber.confirmation = Promise.reject(new Error('refused'));
    const { connection } = fakeConnection();
    await expect(hub.addMember('c', connection, ROLE.joined)).rejects.toMatchObject({ name: 'UNAVAILABLE' });
    expect(hub.size).toBe(0);
    expect(connection.memberships).toEqual([]);
    subscriber.confirmation = Promise.resolve();
    const { link } = await join();
    publish(1);
    expect(link.texts).toEqual(['"1/1"']);
  });

  it('continues after bytes that are not a frame', async () => {
    const { link } = await join();
    subscriber.publish(CHANNEL, Buffer.from('rubbish'));
    publish(1);
    expect(link.texts).toEqual(['"1/1"']);
  });

  it('reads from the log what was published by a newer version, without another frame to reveal it', async () => {
    const { link } = await join();
    publish(1);
    for (const _ of [2, 3]) {
      const frame = reader.log('c').append();
      frame[0] = 2;
      subscriber.publish(CHANNEL, frame);
    }
    await eventually(() => expect(link.texts).toEqual(['"1/1"', '"1/2"', '"1/3"']));
  });

  it('reads from the log what was published as no UTF-8: it would close the clients', async () => {
    const { link } = await join();
    const before = (await unreadableFrames.get()).values[0]?.value ?? 0;
    publish(1);
    const frame = reader.log('c').append();
    frame[frame.length - 1] = 0xff;
    subscriber.publish(CHANNEL, frame);
    await eventually(() => expect(link.texts).toEqual(['"1/1"', '"1/2"']));
    expect((await unreadableFrames.get()).values[0]?.value).toBe(before + 1);
  });

  it('reads it, too, when it was published before it is known where the log stands', async () => {
    const { connection, link } = fakeConnection();
    const membership = await hub.addMember('c', connection, ROLE.joined);
    const { epoch, seq } = reader.log('c').head;
    const frame = reader.log('c').append();
    frame[0] = 2;
    subscriber.publish(CHANNEL, frame);
    membership.place(epoch, seq);
    membership.log.learn({ epoch, seq }, 0);
    membership.goLive();
    await eventually(() => expect(link.texts).toEqual(['"1/1"']));
  });

  it('reports when a Seq has been delivered', async () => {
    await join();
    let hasReached = false;
    const reached = hub.delivered('c', 2).then(() => {
      hasReached = true;
    });
    publish(1);
    await Promise.resolve();
    expect(hasReached).toBe(false);
    publish(1);
    await reached;
    await hub.delivered('c', 1);
  });

  it('delivers a frame that pub/sub lost when somebody waits for it', async () => {
    const { link } = await join();
    reader.log('c').append();
    await hub.delivered('c', 1);
    await eventually(() => expect(link.texts).toEqual(['"1/1"']));
  });

  it('does not wait for what a snapshot held, or in a channel without members', async () => {
    publish(5);
    const { membership } = await join();
    await hub.delivered('c', 5);
    const waiting = hub.delivered('c', 6);
    hub.removeRole(membership, ROLE.joined);
    await waiting;
    await hub.delivered('c', 7);
  });
});
