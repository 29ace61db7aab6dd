import { describe, expect, it } from '@jest/globals';
import { encodePublished, fanOutChannel } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import type { Logger } from '@parley/service-kit';
import { eventually } from '@parley/testing';
import { fakeConnection } from '../socket/fixtures/fake-link.js';
import { fakeHub } from './fixtures/fake-hub.js';
import { LogChecker } from './log-checker.js';
import { ROLE } from './membership.js';

/** A checker over that many logs, each with one member; a round is a sixth of a sweep. */
async function setUp(count: number) {
  const { hub, reader, subscriber, follower } = fakeHub();
  const reports: unknown[] = [];
  const masters = new Map<string, string>();
  const logger = { warn: ({ err }: { err: unknown }) => reports.push(err) } as unknown as Logger;
  const links = await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const { connection, link } = fakeConnection({ maxBufferedBytes: 1_000_000 });
      const membership = await hub.addMember(`c${n}`, connection, ROLE.subscribed);
      const { epoch, seq } = reader.log(`c${n}`).head;
      membership.place(epoch, seq);
      membership.log.learn({ epoch, seq }, 0);
      await follower.goLive(membership);
      return link;
    }),
  );
  const publish = (n: number) =>
    subscriber.publish(fanOutChannel('t', `c${n}`), reader.log(`c${n}`).append());
  return {
    subject: new LogChecker(hub, reader, (log) => masters.get(log) ?? '', 30, logger),
    hub,
    reader,
    links,
    reports,
    publish,
    masters,
  };
}

describe('LogChecker', () => {
  it('asks nothing as long as nothing was interrupted', async () => {
    const { subject, reader } = await setUp(12);
    for (let round = 0; round < 12; round += 1) await subject.round();
    expect(reader.asked).toEqual([]);
  });

  it('asks about each log at once after an interruption, and once more within the time if it stays silent', async () => {
    const { subject, reader, publish } = await setUp(12);
    await subject.checkAll();
    expect(reader.asked).toEqual(['?12']);
    publish(0);
    publish(1);
    for (let round = 0; round < 12; round += 1) await subject.round();
    expect(reader.asked.slice(1)).toEqual(Array.from({ length: 5 }, () => '?2'));
  });

  it('asks about a log with only joins and leaves since the interruption', async () => {
    const { subject, hub, reader } = await setUp(1);
    await subject.checkAll();
    hub.find('c0')!.receive(encodePublished(0, '"joined"'));
    await subject.round();
    expect(reader.asked).toEqual(['?1', '?1']);
  });

  it('finds the last message that pub/sub lost after the check, even if it filled a gap before', async () => {
    const { subject, reader, links } = await setUp(1);
    reader.log('c0').append();
    await subject.checkAll();
    await eventually(() => expect(links[0]!.frames).toEqual(['1/1']));
    reader.log('c0').append();
    await subject.round();
    await eventually(() => expect(links[0]!.frames).toEqual(['1/1', '1/2']));
  });

  it('asks again in a later round when a request fails', async () => {
    const { subject, reader, links } = await setUp(1);
    await subject.checkAll();
    reader.log('c0').append();
    let failures = 1;
    reader.before = () => {
      if (failures-- > 0) throw new AppError('UNAVAILABLE');
    };
    for (let round = 0; round < 2; round += 1) await subject.round();
    await eventually(() => expect(links[0]!.frames).toEqual(['1/1']));
  });

  it('checks all logs after a loss, 500 at once, as often as needed', async () => {
    const { subject, reader, links } = await setUp(1_201);
    for (const log of reader.logs.values()) log.append();
    let failures = 1;
    reader.before = () => {
      if (failures-- > 0) throw new AppError('UNAVAILABLE');
    };
    await subject.checkAll();
    expect(reader.asked.filter((asked) => asked.startsWith('?'))).toEqual(['?500', '?500', '?500', '?201']);
    await eventually(() => {
      for (const { frames } of links) expect(frames).toEqual(['1/1']);
    });
  });

  it('learns of every other log when one cannot be read, and asks again only about that one', async () => {
    const { subject, reader, links } = await setUp(3);
    for (const log of reader.logs.values()) log.append();
    reader.away.add('c1');
    const checking = subject.checkAll();
    await eventually(() => expect([links[0]!.frames, links[2]!.frames]).toEqual([['1/1'], ['1/1']]));
    expect(links[1]!.frames).toEqual([]);
    reader.away.clear();
    await checking;
    const [all, ...again] = reader.asked.filter((asked) => asked.startsWith('?'));
    expect([all, ...new Set(again)]).toEqual(['?3', '?1']);
    await eventually(() => expect(links[1]!.frames).toEqual(['1/1']));
  });

  it('waits for no master but the own one of each log', async () => {
    const { subject, reader, links, masters } = await setUp(1_001);
    for (const log of reader.logs.values()) log.append();
    masters.set('c0', 'away');
    reader.silent.add('c0');
    void subject.checkAll();
    await eventually(() => expect(links.filter(({ frames }) => frames.length === 1)).toHaveLength(1_000));
  });

  it.each([
    ['another loss', (subject: LogChecker) => subject.checkAll(), ['?1', '?1']],
    ['the end of the gateway', async (subject: LogChecker) => subject.stop(), ['?1']],
  ])('ends with %s, even while it waits to repeat a check', async (_, interrupt, asked) => {
    const { subject, reader, reports } = await setUp(1);
    let failures = 1;
    reader.before = () => {
      if (failures-- > 0) throw new AppError('UNAVAILABLE');
    };
    const checking = subject.checkAll();
    await eventually(() => expect(reports).toHaveLength(1));
    await Promise.all([checking, interrupt(subject)]);
    expect(reader.asked).toEqual(asked);
  });

  it.each([new AppError('UNAVAILABLE'), new TypeError('a defect')])('reports %s', async (failure) => {
    const { subject, reader, reports } = await setUp(1);
    reader.before = () => {
      subject.stop();
      throw failure;
    };
    await subject.checkAll();
    expect(reports).toEqual([failure]);
  });
});
