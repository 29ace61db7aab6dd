import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Seen } from './entries.js';
import { Ledger } from './ledger.js';

const CHANNEL = 'general';
const message = (seq: number, rest: Partial<Seen> = {}): Seen => ({
  UUID: `uuid-${seq}`,
  ChannelUUID: CHANNEL,
  Seq: seq,
  Message: `text-${seq}`,
  CreatedAt: `2026-01-01T00:00:0${seq}.000Z`,
  ...rest,
});
const ackOf = ({ UUID, ChannelUUID, Seq, CreatedAt }: Seen) => ({
  UUID,
  channelUUID: ChannelUUID,
  seq: Seq,
  storedAt: Date.parse(CreatedAt),
});

describe('the ledger', () => {
  let ledger: Ledger;
  const log = [1, 2, 3].map((seq) => message(seq));

  beforeEach(() => {
    ledger = new Ledger();
    for (const client of ['anna', 'bert']) ledger.follows(client, CHANNEL, 'epoch-1', 0);
    for (const each of log) {
      ledger.posted();
      ledger.acked(each.Message, ackOf(each));
    }
    ledger.holds(CHANNEL, log);
  });

  const receive = (client: string, ...messages: Seen[]) => {
    for (const each of messages) ledger.received(client, each);
  };

  it('finds nothing where every client received every message once, in order', () => {
    receive('anna', ...log);
    receive('bert', ...log);
    expect(ledger.settle()).toEqual({
      acknowledged: 3,
      stored: 3,
      delivered: 6,
      lost: 0,
      lostAsDocumented: 0,
      doubled: 0,
      outOfOrder: 0,
      failed: 0,
      faults: [],
    });
  });

  it('finds a message that one client did not receive', () => {
    receive('anna', ...log);
    receive('bert', log[0]!, log[2]!);
    expect(ledger.settle()).toMatchObject({
      lost: 1,
      delivered: 5,
      faults: ['stored, not delivered: bert general 2'],
    });
  });

  it('finds an acknowledged message that is not stored, unless the fault may lose it', () => {
    for (const client of ['anna', 'bert']) {
      receive(client, log[0]!, log[1]!);
    }
    ledger.holds(CHANNEL, log.slice(0, 2));
    expect(ledger.settle()).toMatchObject({ acknowledged: 3, stored: 2, lost: 1 });
    expect(ledger.settle(({ seq }) => seq === 3)).toMatchObject({ lost: 0, lostAsDocumented: 1, faults: [] });
  });

  it('finds a message that came twice, also over a later connection', () => {
    receive('anna', log[0]!, log[1]!, log[1]!, log[2]!);
    receive('bert', ...log, log[0]!);
    expect(ledger.settle()).toMatchObject({ doubled: 2, outOfOrder: 0, lost: 0 });
  });

  it('finds two messages that were swapped', () => {
    receive('anna', log[1]!, log[0]!, log[2]!);
    receive('bert', ...log);
    expect(ledger.settle()).toMatchObject({
      outOfOrder: 1,
      doubled: 0,
      lost: 0,
      faults: ['out of order: anna general 1 after 2'],
    });
  });

  it('finds a post that was stored twice', () => {
    const copy = message(4, { Message: 'text-1' });
    ledger.holds(CHANNEL, [...log, copy]);
    for (const client of ['anna', 'bert']) receive(client, ...log, copy);
    expect(ledger.settle()).toMatchObject({ doubled: 1, faults: ['stored twice: text-1 (general 4)'] });
  });

  it('finds a post that was answered with two different messages', () => {
    for (const client of ['anna', 'bert']) receive(client, ...log);
    ledger.acked('text-1', ackOf(message(2)));
    expect(ledger.settle()).toMatchObject({ doubled: 1, acknowledged: 3 });
  });

  it('finds a Seq that its epoch has given to two messages', () => {
    receive('anna', ...log);
    receive('bert', log[0]!, log[1]!, message(3, { UUID: 'another' }));
    expect(ledger.settle().outOfOrder).toBe(1);
  });

  it('finds a hole in a log, and a time that runs backwards', () => {
    for (const client of ['anna', 'bert']) receive(client, ...log);
    ledger.holds(CHANNEL, [log[0]!, log[2]!]);
    expect(ledger.settle().faults).toContain('hole in the log: general 3 after 1');
    ledger.holds(CHANNEL, [log[0]!, log[1]!, message(3, { CreatedAt: log[0]!.CreatedAt })]);
    expect(ledger.settle()).toMatchObject({ outOfOrder: 1, faults: ['time runs backwards: general 3'] });
  });

  it('counts what never got an answer or was refused', () => {
    for (const client of ['anna', 'bert']) receive(client, ...log);
    ledger.posted();
    ledger.posted();
    ledger.refused('text-4: FORBIDDEN');
    expect(ledger.settle()).toMatchObject({
      failed: 2,
      faults: ['refused: text-4: FORBIDDEN', 'unanswered: 1 posts'],
    });
  });

  it('expects nothing from before a client followed', () => {
    receive('anna', ...log);
    receive('bert', ...log);
    ledger.follows('carl', CHANNEL, 'epoch-1', 2);
    expect(ledger.settle().lost).toBe(1);
    receive('carl', log[2]!);
    expect(ledger.settle().lost).toBe(0);
  });

  describe('when Redis has lost the end of a log', () => {
    const withdrawn = message(4, { UUID: 'withdrawn', Message: 'withdrawn' });
    const reused = message(4);

    beforeEach(() => {
      for (const client of ['anna', 'bert']) receive(client, ...log, withdrawn);
      ledger.holds(CHANNEL, [...log, reused]);
    });

    it('takes a new epoch and a reload for the truth', () => {
      for (const client of ['anna', 'bert']) {
        ledger.mustReload(client, CHANNEL, 'epoch-2');
        receive(client, reused);
      }
      expect(ledger.settle()).toMatchObject({ lost: 0, doubled: 0, outOfOrder: 0, faults: [] });
    });

    it('takes what was loaded from the history as delivered', () => {
      for (const client of ['anna', 'bert']) {
        ledger.mustReload(client, CHANNEL, 'epoch-2');
        ledger.loaded(client, reused);
      }
      expect(ledger.settle()).toMatchObject({ lost: 0, delivered: 10 });
    });

    it('finds a client that was not told', () => {
      ledger.mustReload('anna', CHANNEL, 'epoch-2');
      receive('anna', reused);
      expect(ledger.settle().faults).toEqual([
        'stored, not delivered: bert general 4',
        'gone without a new epoch: bert general 4',
      ]);
    });
  });
});
