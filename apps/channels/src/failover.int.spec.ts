import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { inboxId, isRecoverable, type LogId, type LogPosition } from '@parley/contracts';
import { eventually, type OwnRedis, startRedis } from '@parley/testing';
import type { Redis } from 'ioredis';
import { privateChannelOf } from './channel.js';
import { ChannelLab, message } from './fixtures/channel-lab.js';
import { newUser } from './fixtures/people.js';
import { messageJson } from './message-json.js';

/** One Redis process, as a master or a replica. */
interface Node {
  readonly server: OwnRedis;
  readonly lab: ChannelLab;
}

describe('when Redis fails over', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  /** Two Redis processes, and one deployment that is on either. */
  async function setUp() {
    const prefix = `failover-${randomUUID()}`;
    const start = async (): Promise<Node> => {
      const server = await startRedis({ args: ['--repl-diskless-sync-delay', '0'] });
      const lab = new ChannelLab(server.url, prefix);
      ends.push(
        () => server.remove(),
        () => lab.close(),
      );
      return { server, lab };
    };
    const [a, b] = [await start(), await start()];
    const one = newUser();
    const channel = privateChannelOf(one.UUID, randomUUID());
    const { channelUUID, recipientUUID: recipient } = channel;
    /** Stores messages, each with its item in the inbox: both logs come to the same Seq. */
    const post = async ({ lab }: Node, ...texts: string[]) => {
      // On the connection that waits for the replica: WAIT means the writes of its own connection.
      const [posts, inboxes] = [lab.posts({}, lab.redis), lab.inboxes({}, lab.redis)];
      const seqs: number[] = [];
      for (const text of texts) {
        const mark = { key: randomUUID() };
        const sent = message(one, text, { channel, mark });
        const stored = await posts.append(sent);
        await inboxes.put({ recipient, channelUUID, mark, stored, json: messageJson(sent.body, stored) });
        seqs.push(stored.Seq);
      }
      return seqs;
    };
    const logs = [channelUUID, inboxId(recipient)];
    /** Where readers of the channel and of the inbox are who have everything. */
    const positions = ({ lab }: Node) =>
      Promise.all(
        logs.map(async (log) => {
          const { epoch, seq } = (await lab.logs().head(log)).head;
          return { log, epoch, seq };
        }),
      );
    return { a, b, post, positions, logs };
  }

  type Reader = LogPosition & { readonly log: LogId };

  /** Whether readers at these positions, of whom each has `seq` entries if that is given, may continue. */
  const mayContinue = ({ lab }: Node, readers: readonly Reader[], seq?: number) =>
    Promise.all(
      readers.map(async ({ log, ...position }) => {
        const { head } = await lab.logs().head(log, position.epoch);
        return isRecoverable({ ...position, seq: seq ?? position.seq }, head);
      }),
    );

  async function follow(replica: Redis, { server }: Node): Promise<void> {
    await replica.replicaof('127.0.0.1', server.port);
    await eventually(async () => (await replica.info('replication')).includes('master_link_status:up'));
  }

  /** Resolves when a replica has all that its master has written. */
  const caughtUp = async ({ lab }: Node) => expect(await lab.redis.wait(1, 5_000)).toBe(1);
  const promote = ({ lab }: Node) => lab.redis.call('REPLICAOF', 'NO', 'ONE');

  it('assigns no Seq twice within one epoch through two failovers, and tells readers of what was lost', async () => {
    const { a, b, post, positions } = await setUp();
    await follow(b.lab.redis, a);
    await post(a, 'm 1', 'm 2', 'm 3');
    await caughtUp(a);
    await promote(b); // b never gets what a acknowledges from now on
    expect(await post(a, 'lost 4', 'lost 5', 'lost 6')).toEqual([4, 5, 6]);
    const readers = await positions(a);
    await follow(a.lab.redis, b); // without a restart, and nobody posts
    await promote(a);
    expect(await mayContinue(a, readers)).toEqual([false, false]);
    expect(await mayContinue(a, readers, 3)).toEqual([true, true]);
    expect(await post(a, 'new 4', 'new 5', 'new 6')).toEqual([4, 5, 6]);
    expect(await mayContinue(a, readers)).toEqual([false, false]);
    expect(await mayContinue(a, readers, 4)).toEqual([false, false]);
    expect(await mayContinue(a, readers, 3)).toEqual([true, true]);
    for (const [n, { epoch, seq }] of (await positions(a)).entries()) {
      expect(epoch).not.toBe(readers[n]!.epoch);
      expect(seq).toBe(6);
    }
  });

  it.each([
    [
      'a replica takes over that has everything',
      async (a: Node, b: Node) => {
        await follow(b.lab.redis, a);
        await caughtUp(a);
        await promote(b);
        return b;
      },
    ],
    [
      'the first replica attaches',
      async (a: Node, b: Node) => {
        await follow(b.lab.redis, a);
        return a;
      },
    ],
  ])('lets every reader continue when nothing was lost: %s', async (_, change) => {
    const { a, b, post, positions, logs } = await setUp();
    await post(a, 'm 1', 'm 2', 'm 3');
    const readers = await positions(a);
    const now = await change(a, b);
    expect(await mayContinue(now, readers)).toEqual([true, true]);
    expect(await post(now, 'm 4')).toEqual([4]);
    expect(await mayContinue(now, readers)).toEqual([true, true]);
    expect(await mayContinue(now, readers, 1)).toEqual([true, true]);
    // The id did change: otherwise this would show nothing.
    for (const [n, { epoch }] of (await positions(now)).entries()) expect(epoch).not.toBe(readers[n]!.epoch);
    const page = await now.lab.logs().page(logs[0]!, { after: 3, epoch: readers[0]!.epoch });
    expect(page).toMatchObject({ from: 3, common: 3, frames: [{ seq: 4 }] });
  });

  it('lets every reader continue when the keys move to another master and back, with entries on both', async () => {
    const { a, b, post, positions } = await setUp();
    const move = async (from: Node, to: Node) => {
      const keys = await from.lab.redis.keys(`${from.lab.prefix}:*`);
      const { port } = to.server;
      await from.lab.redis.call('MIGRATE', '127.0.0.1', port, '', 0, 5_000, 'KEYS', ...keys);
    };
    await post(a, 'm 1', 'm 2');
    const atFirst = await positions(a);
    await move(a, b);
    expect(await mayContinue(b, atFirst)).toEqual([true, true]);
    await post(b, 'm 3');
    const between = await positions(b);
    await move(b, a);
    expect(await mayContinue(a, between)).toEqual([true, true]);
    expect(await post(a, 'm 4')).toEqual([4]);
    for (const readers of [atFirst, between]) expect(await mayContinue(a, readers)).toEqual([true, true]);
    const epochs = [atFirst, between, await positions(a)].map(([channel]) => channel!.epoch);
    expect(new Set(epochs).size).toBe(3);
  });
});
