import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { encodePublished, fanOutChannel, inboxId } from '@parley/contracts';
import { fakeConnection } from '../socket/fixtures/fake-link.js';
import { fakeHub } from './fixtures/fake-hub.js';
import { isForCounters } from './for-counters.js';
import { type Membership, ROLE, type Role } from './membership.js';

const EPOCH = '00000001-0000-4000-8000-000000000000';
const TYPING = '{"type":"typing","typing":{}}';
const message = (seq: number) => `{"type":"channelMessage","channelMessage":{"Seq":${seq}}}`;
const change = (seq: number) => `{"type":"reaction","reaction":{"Seq":${seq}}}`;

/** A log whose entries are messages, and changes where the Seq is even. */
const entry = (seq: number) => (seq % 2 === 0 ? change(seq) : message(seq));
const entries = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, n) => entry(first + n));
const messages = (first: number, last: number) =>
  entries(first, last).filter((json) => json.includes('channelMessage'));

/** Connections that follow a log of messages and changes. Turns end when the test says so. */
function lab(id = 'c') {
  const parts = fakeHub({ maxBufferedBytes: 10_000_000 });
  const { hub, reader, subscriber, pace } = parts;
  subscriber.endsTurns = false;
  const log = reader.log(id);
  log.jsonOf = (_, seq) => entry(seq);
  const goLive = (membership: Membership) => {
    membership.place(EPOCH, log.seq);
    membership.log.learn({ epoch: EPOCH, seq: log.seq }, 0);
    return membership.goLive();
  };
  const enter = async (role: Role, isJoinedById = false) => {
    const { connection, link } = fakeConnection({ maxBufferedBytes: 10_000_000 });
    const membership = await hub.addMember(id, connection, role);
    membership.isJoinedById = isJoinedById;
    if (role === ROLE.joined) hub.forgetJoin(membership);
    return { membership, connection, link };
  };
  const follow = async (role: Role, isJoinedById = false) => {
    const member = await enter(role, isJoinedById);
    goLive(member.membership);
    return member;
  };
  const publish = (count = 1) => {
    const frames = Array.from({ length: count }, () => log.append());
    subscriber.publish(fanOutChannel('t', id), Buffer.concat(frames));
  };
  const notify = (json: string) => subscriber.publish(fanOutChannel('t', id), encodePublished(0, json));
  const join = () => follow(ROLE.joined);
  return { ...parts, log, enter, goLive, follow, join, publish, notify, endTurn: () => pace.flush() };
}

describe('isForCounters', () => {
  it.each([
    [1, message(1), false],
    [1, change(1), true],
    [1, '{"type":"channelMes', true],
    [1, '{"type":"sys","sys":{"type":"channelKick"}}', true],
    [0, '{"type":"channelLeave","SUUID":"s"}', false],
    [0, '{"type":"sys","SUUID":"s","sys":{"type":"channelJoin"}}', false],
    [0, '{"type":"sys","sys":{"type":"channelRead"}}', true],
    [0, TYPING, true],
    [0, '', true],
  ])('Seq %d, %s: %s', (seq, json, is) => {
    expect(isForCounters(seq, Buffer.from(json))).toBe(is);
  });
});

describe('a member that joined without an id', () => {
  it('in step gets messages only, of which all such members share one buffer, as the others do', async () => {
    const { follow, join, publish, notify, endTurn } = lab();
    const members = [await join(), await join()] as const;
    const counters = [await follow(ROLE.subscribed), await follow(ROLE.joined, true)] as const;
    publish(2);
    notify(TYPING);
    publish(2);
    endTurn();
    for (const { link, membership } of members) {
      expect(link.texts).toEqual(messages(1, 4));
      expect(membership.after).toBe(4);
    }
    for (const { link } of counters) expect(link.texts).toEqual([...entries(1, 2), TYPING, ...entries(3, 4)]);
    expect(members[0].link.writes).toHaveLength(1);
    expect(members[1].link.writes[0]).toBe(members[0].link.writes[0]);
    expect(counters[1].link.writes[0]).toBe(counters[0].link.writes[0]);
  });

  it('shares the buffer of those who count in a turn without changes', async () => {
    const { follow, join, publish, endTurn } = lab();
    const [member, counter] = [await join(), await follow(ROLE.subscribed)];
    publish(1);
    endTurn();
    expect(member.link.texts).toEqual([message(1)]);
    expect(member.link.writes[0]).toBe(counter.link.writes[0]);
  });

  it('in step is written nothing in a turn of changes, and what is due before an answer', async () => {
    const { join, publish, endTurn } = lab();
    const { link, connection } = await join();
    publish(1);
    endTurn();
    publish(1);
    connection.tell({});
    publish(1);
    connection.tell({});
    publish(1);
    endTurn();
    expect(link.texts).toEqual([message(1), '{}', message(3), '{}']);
    expect(link.writes).toHaveLength(4);
  });

  it('live, ahead of the log, moves past changes', async () => {
    const { join, publish, endTurn } = lab();
    const { membership, link } = await join();
    membership.place(EPOCH, 3);
    publish(4);
    endTurn();
    expect(membership.after).toBe(4);
    publish(2);
    endTurn();
    expect(link.texts).toEqual([message(5)]);
  });

  it('that held changes and notices does not get them, and misses nothing', async () => {
    const { enter, goLive, log, publish, notify, endTurn } = lab();
    const { membership, link } = await enter(ROLE.joined);
    publish(3);
    notify(TYPING);
    notify('{"type":"channelLeave"}');
    log.seq = 1;
    expect(goLive(membership)).toBe(true);
    expect(link.texts).toEqual([message(3), '{"type":"channelLeave"}']);
    expect(membership.after).toBe(3);
    membership.hold();
    log.seq = 3;
    publish(2);
    membership.deliverHeld(4);
    expect(membership.after).toBe(4);
    expect(membership.goLive()).toBe(true);
    publish(1);
    endTurn();
    expect(link.texts.slice(2)).toEqual([message(5)]);
    expect(membership.after).toBe(6);
  });

  it('that skipped, and is brought up from the log, gets messages only', async () => {
    const { follow, join, follower, publish, notify, endTurn } = lab();
    const [member, counter] = [await join(), await follow(ROLE.subscribed)];
    for (const { membership } of [member, counter]) {
      membership.hold();
      membership.skip();
    }
    publish(250);
    notify(TYPING);
    for (const { membership } of [member, counter]) await follower.goLive(membership);
    publish(2);
    endTurn();
    expect(member.link.texts).toEqual(messages(1, 252));
    expect(member.membership.after).toBe(252);
    expect(counter.link.texts).toEqual([...entries(1, 250), TYPING, ...entries(251, 252)]);
  });

  it('gets messages only of what pub/sub lost and the log has', async () => {
    const { follow, join, log, publish, endTurn } = lab();
    const [member, counter] = [await join(), await follow(ROLE.subscribed)];
    publish(1);
    for (let lost = 0; lost < 3; lost += 1) log.append();
    publish(2);
    await nextTurn();
    endTurn();
    expect(member.link.texts).toEqual(messages(1, 6));
    expect(counter.link.texts).toEqual(entries(1, 6));
  });

  it('that subscribes gets every entry from then on, and none from when it unsubscribes', async () => {
    const { hub, join, publish, endTurn } = lab();
    const { membership, connection, link } = await join();
    publish(2);
    await hub.addMember('c', connection, ROLE.subscribed);
    const { after } = membership;
    publish(2);
    hub.removeRole(membership, ROLE.subscribed);
    publish(2);
    endTurn();
    expect(after).toBe(2);
    expect(link.texts).toEqual([...messages(1, 2), ...entries(3, 4), ...messages(5, 6)]);
    expect(membership.after).toBe(6);
  });

  it('that joins again with an id gets every entry from then on, and none after a join without one', async () => {
    const { join, publish, endTurn } = lab();
    const { membership, link } = await join();
    publish(2);
    membership.isJoinedById = true;
    publish(2);
    membership.isJoinedById = false;
    publish(2);
    endTurn();
    expect(link.texts).toEqual([...messages(1, 2), ...entries(3, 4), ...messages(5, 6)]);
  });

  it('gets the changes up to its end that were due while it subscribed', async () => {
    const { hub, follow, publish } = lab();
    const { membership, link } = await follow(ROLE.subscribed);
    publish(2);
    hub.removeRole(membership, ROLE.subscribed);
    expect(link.texts).toEqual(entries(1, 2));
  });
});

describe('an inbox', () => {
  it('is delivered as a whole', async () => {
    const { follow, publish, notify, endTurn } = lab(inboxId('u'));
    const { link } = await follow(ROLE.inbox);
    publish(2);
    notify(TYPING);
    endTurn();
    expect(link.texts).toEqual([...entries(1, 2), TYPING]);
  });
});
