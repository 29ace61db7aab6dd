import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { encodePublished, fanOutChannel } from '@parley/contracts';
import { eventually } from '@parley/testing';
import { type FakeLink, fakeConnection } from '../socket/fixtures/fake-link.js';
import { fakeHub } from './fixtures/fake-hub.js';
import { ROLE } from './membership.js';

/** Logs whose turns end when the test says so. */
function lab(options: Parameters<typeof fakeHub>[0] = {}) {
  const { hub, reader, subscriber, pace } = fakeHub(options);
  subscriber.endsTurns = false;
  const follow = async (id = 'c', { connection, link } = fakeConnection({ maxBufferedBytes: 1_000_000 })) => {
    const membership = await hub.addMember(id, connection, ROLE.subscribed);
    const { epoch, seq } = reader.log(id).head;
    membership.place(epoch, seq);
    membership.log.learn({ epoch, seq }, 0);
    membership.goLive();
    return { connection, link, membership };
  };
  const publish = (count = 1, id = 'c') => {
    const frames = Array.from({ length: count }, () => reader.log(id).append());
    subscriber.publish(fanOutChannel('t', id), Buffer.concat(frames));
  };
  /** Publishes what is no part of the log. */
  const mention = (text: string) => subscriber.publish(fanOutChannel('t', 'c'), encodePublished(0, text));
  return { hub, pace, follow, publish, mention };
}

/** Makes each write to a link take that many milliseconds. @returns when the writes began, as they come. */
function slowLink(link: FakeLink, ms: number): number[] {
  const began: number[] = [];
  const write = link.write.bind(link);
  link.write = (frames) => {
    began.push(performance.now());
    while (performance.now() - began.at(-1)! < ms);
    write(frames);
  };
  return began;
}

describe('Audience', () => {
  it('hands all members that are in step one buffer with everything from one turn', async () => {
    const { follow, publish, mention } = lab();
    const [one, other] = [await follow(), await follow()];
    publish(2);
    mention('"between"');
    publish(1);
    expect(one.link.writes).toEqual([]);
    await nextTurn();
    expect(one.link.texts).toEqual(['"1/1"', '"1/2"', '"between"', '"1/3"']);
    expect(one.link.writes).toHaveLength(1);
    expect(other.link.writes[0]).toBe(one.link.writes[0]);
  });

  it('writes due frames before anything else goes to a connection, and the rest when the turn ends', async () => {
    const { follow, publish } = lab();
    const [asking, other] = [await follow(), await follow()];
    publish(2);
    asking.connection.tell({});
    publish(1);
    await nextTurn();
    expect(asking.link.texts).toEqual(['"1/1"', '"1/2"', '{}', '"1/3"']);
    expect(other.link.texts).toEqual(['"1/1"', '"1/2"', '"1/3"']);
    expect(other.link.writes).toHaveLength(1);
    publish(1);
    await nextTurn();
    expect(asking.link.texts.at(-1)).toBe('"1/4"');
  });

  it('delays frames of the log by a tick, but no answer', async () => {
    const { follow, publish } = lab({ tickMs: 300 });
    const [asking, other] = [await follow(), await follow()];
    publish(1);
    asking.connection.tell({});
    expect(asking.link.texts).toEqual(['"1/1"', '{}']);
    await nextTurn();
    publish(1);
    expect(other.link.texts).toEqual([]);
    await eventually(() => expect(other.link.texts).toEqual(['"1/1"', '"1/2"']));
    expect(other.link.writes).toHaveLength(1);
  });

  it('rests in proportion to the duration of the writes, and gathers frames meanwhile', async () => {
    const { follow, publish } = lab({ busyShare: 0.5 });
    const [one, other] = [await follow(), await follow()];
    const written = slowLink(one.link, 6);
    publish(1);
    await nextTurn();
    const began = performance.now();
    expect(other.link.texts).toEqual(['"1/1"']);
    publish(1);
    await nextTurn();
    publish(1);
    await eventually(() => expect(other.link.texts).toEqual(['"1/1"', '"1/2"', '"1/3"']));
    expect(other.link.writes).toHaveLength(2);
    // Four times the writes; timers are exact to a millisecond.
    expect(written.at(-1)! - began).toBeGreaterThanOrEqual(4 * 6 - 1);
  });

  it('writes due frames before an answer to a member while the others rest', async () => {
    const { follow, publish } = lab({ busyShare: 0.5 });
    const [asking, other] = [await follow(), await follow()];
    slowLink(asking.link, 6);
    publish(1);
    await nextTurn();
    publish(1);
    asking.connection.tell({});
    expect(asking.link.texts).toEqual(['"1/1"', '"1/2"', '{}']);
    expect(other.link.texts).toEqual(['"1/1"']);
    await eventually(() => expect(other.link.texts).toEqual(['"1/1"', '"1/2"']));
    expect(asking.link.texts).toHaveLength(3);
  });

  it('gives a member that joins within the turn only what its snapshot did not hold', async () => {
    const { follow, publish } = lab();
    const early = await follow();
    publish(2);
    const late = await follow();
    publish(2);
    await nextTurn();
    expect(early.link.texts).toEqual(['"1/1"', '"1/2"', '"1/3"', '"1/4"']);
    expect(late.link.texts).toEqual(['"1/3"', '"1/4"']);
  });

  it('delivers to a member ahead of the log from its own position on', async () => {
    const { follow, publish, pace } = lab();
    const { membership, link } = await follow();
    membership.place(membership.epoch, 2);
    publish(2);
    pace.flush();
    expect(link.texts).toEqual([]);
    publish(2);
    pace.flush();
    expect(link.texts).toEqual(['"1/3"', '"1/4"']);
  });

  it('delivers what was due to a member that leaves, and nothing afterwards', async () => {
    const { hub, follow, publish } = lab();
    const [leaving, other] = [await follow(), await follow()];
    publish(1);
    hub.removeRole(leaving.membership, ROLE.subscribed);
    leaving.connection.tell({});
    publish(1);
    await nextTurn();
    expect(leaving.link.texts).toEqual(['"1/1"', '{}']);
    expect(other.link.texts).toEqual(['"1/1"', '"1/2"']);
  });

  it('holds frames back from the moment it is told to', async () => {
    const { follow, publish } = lab();
    const { membership, link } = await follow();
    publish(1);
    membership.hold();
    publish(2);
    await nextTurn();
    expect(link.texts).toEqual(['"1/1"']);
    expect(membership.after).toBe(1);
    expect(membership.goLive()).toBe(true);
    publish(1);
    await nextTurn();
    expect(link.texts).toEqual(['"1/1"', '"1/2"', '"1/3"', '"1/4"']);
  });

  it('keeps the order of each log for a connection in several', async () => {
    const { follow, publish } = lab();
    const { connection, link } = await follow('c');
    await follow('d', { connection, link });
    publish(1, 'c');
    publish(1, 'd');
    publish(1, 'c');
    connection.tell({});
    publish(1, 'd');
    await nextTurn();
    expect(link.texts).toEqual(['"1/1"', '"1/2"', '"1/1"', '{}', '"1/2"']);
  });

  it('lets no more than 64 KiB wait for the turn to end', async () => {
    const { follow, mention } = lab();
    const { link } = await follow();
    mention(`"${'x'.repeat(40_000)}"`);
    expect(link.writes).toHaveLength(0);
    mention(`"${'x'.repeat(40_000)}"`);
    expect(link.writes).toHaveLength(1);
    mention('"last"');
    await nextTurn();
    expect(link.texts.map(({ length }) => length)).toEqual([40_002, 40_002, 6]);
  });

  it('closes a slow client with 4008, and the others notice nothing', async () => {
    const { follow, publish } = lab();
    const [slow, quick] = [await follow(), await follow()];
    slow.link.bufferedBytes = 1_000_001;
    publish(1);
    await nextTurn();
    expect(slow.link.closed).toBe(4008);
    expect(slow.link.texts).toEqual([]);
    expect(quick.link.texts).toEqual(['"1/1"']);
  });
});
