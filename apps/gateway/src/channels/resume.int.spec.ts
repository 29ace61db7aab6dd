import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { NO_EPOCH } from '@parley/contracts';
import { eventually, type OwnRedis, startRedis, type TestClient } from '@parley/testing';
import { Redis } from 'ioredis';
import {
  ask,
  type Member,
  PATIENCE_MS,
  post,
  range,
  seqsOf,
  TwoGateways,
} from '../lifecycle/fixtures/two-gateways.js';

jest.setTimeout(60_000);

describe('clients that subscribe and resume', () => {
  let gateways: TwoGateways;

  beforeAll(async () => {
    gateways = await TwoGateways.start({ FRAMES_PER_SECOND: '0', USER_STORED_BYTES_PER_SECOND: '0' });
  });

  afterAll(() => gateways?.stop());

  it('get what they missed at another gateway after kill -9, in order, before anything newer', async () => {
    const [stays, goes] = [await gateways.signUp(0), await gateways.signUp(1)];
    const { subscribed } = await ask(goes.client, 'subscribe');
    await post(stays.client, 'seen');
    await goes.client.next('channelMessage', PATIENCE_MS);
    gateways.stack.kill('gateway-2', 'SIGKILL');
    await goes.client.closed;
    for (let n = 0; n < 250; n += 1) await post(stays.client, `missed ${n}`);
    const back = await gateways.connect(0);
    const { channelUUID, epoch, seq } = subscribed;
    // Nobody had written to the channel: its epoch began with the first message.
    const { epoch: began } = goes.client.frames.find(({ sys }) => sys?.type === 'channelEpoch')!.sys
      .channelEpoch;
    expect(epoch).toBe(NO_EPOCH);
    const channels = [{ channelUUID, epoch: began, seq: seq + 1 }];
    const resuming = ask(back, 'resume', { accessKey: goes.accessKey, channels });
    await post(stays.client, 'live');
    const { resumed } = await resuming;
    expect(resumed.userUUID).toBe(goes.userUUID);
    expect(resumed.channels).toEqual([
      { channelUUID, epoch: began, seq: expect.any(Number), recovered: true },
    ]);
    await eventually(() => expect(seqsOf(back)).toEqual(range(seq + 2, seq + 252)));
    const before = back.frames.findIndex(({ type }) => type === 'resumed');
    expect(back.frames.slice(0, before).filter(({ type }) => type === 'channelMessage').length).toBe(
      resumed.channels[0].seq - seq - 1,
    );
    await eventually(
      async () => expect((await fetch(`${gateways.stack.gateways[1]!.httpUrl}/health/ready`)).ok).toBe(true),
      { timeoutMs: 30_000 },
    );
  });

  it('are told what cannot be recovered, and are refused with a dead key', async () => {
    const { client, accessKey } = await gateways.signUp(0);
    const stranger = [await gateways.signUp(0), await gateways.signUp(0)];
    const secret = (await ask(stranger[0]!.client, 'subscribe', { recipientUUID: stranger[1]!.userUUID }))
      .subscribed;
    const { subscribed } = await ask(client, 'subscribe');
    const { channelUUID, epoch, seq } = subscribed;
    const channels = [
      { channelUUID: secret.channelUUID, epoch: secret.epoch, seq: 0 },
      { channelUUID, epoch: 'another', seq },
    ];
    const back = await gateways.connect(1);
    const { resumed } = await ask(back, 'resume', { accessKey, channels });
    expect(resumed.channels).toEqual([
      { channelUUID: secret.channelUUID, recovered: false },
      { channelUUID, epoch, seq, recovered: false },
    ]);
    const ahead = await gateways.connect(1);
    const answer = await ask(ahead, 'resume', {
      accessKey,
      channels: [{ channelUUID, epoch, seq: seq + 5 }],
    });
    expect(answer.resumed.channels).toEqual([{ channelUUID, epoch, seq, recovered: false }]);
    const { error } = await ask(await gateways.connect(0), 'resume', { accessKey: 'x'.repeat(40) });
    expect(error.name).toBe('SESSION_EXPIRED');
  });

  it('get each message once, in order, whichever gateway they come back to under steady traffic', async () => {
    const [sender, mover] = [await gateways.signUp(0), await gateways.signUp(0)];
    await post(sender.client, 'begins the epoch, if nothing has');
    let { subscribed: place } = await ask(mover.client, 'subscribe');
    const first = place.seq + 1;
    let isSending = true;
    const sending = (async () => {
      for (let n = 0; isSending; n += 1) await post(sender.client, `n${n}`);
    })();
    const seen: number[] = [];
    let { client } = mover;
    for (let round = 0; round < 12; round += 1) {
      await client.next((frame) => frame.channelMessage?.Seq >= place.seq + 3, PATIENCE_MS);
      await client.drop();
      seen.push(...seqsOf(client));
      place = { ...place, seq: seen.at(-1) };
      client = await gateways.connect(round % 2);
      const { resumed } = await ask(client, 'resume', { accessKey: mover.accessKey, channels: [place] });
      expect(resumed.channels[0].recovered).toBe(true);
    }
    isSending = false;
    await sending;
    const { Seq } = (await post(sender.client, 'last')).ack;
    await client.next((frame) => frame.channelMessage?.Seq === Seq, PATIENCE_MS);
    seen.push(...seqsOf(client));
    expect(seen).toEqual(range(first, Seq));
  });

  it('are answered where they are when they subscribe again, and get nothing once they unsubscribe', async () => {
    const [sender, reader] = [await gateways.signUp(0), await gateways.signUp(1)];
    const { subscribed } = await ask(reader.client, 'subscribe');
    await post(sender.client, 'one');
    await reader.client.next('channelMessage', PATIENCE_MS);
    const again = await ask(reader.client, 'subscribe');
    expect(again.subscribed).toEqual({ ...subscribed, seq: subscribed.seq + 1 });
    const { unsubscribed } = await ask(reader.client, 'unsubscribe');
    expect(unsubscribed).toEqual({ channelUUID: subscribed.channelUUID });
    await post(sender.client, 'two');
    await ask(reader.client, 'ping');
    expect(seqsOf(reader.client)).toEqual([subscribed.seq + 1]);
  });

  it('may name a private channel that nobody has written to by its id, once they follow it by its partner', async () => {
    const [{ client, accessKey }, partner] = [await gateways.signUp(0), await gateways.signUp(1)];
    const recipientUUID = partner.userUUID;
    const { subscribed } = await ask(client, 'subscribe', { recipientUUID });
    const { channelUUID } = subscribed;
    expect(subscribed.epoch).toBe(NO_EPOCH);
    const namesIt = async (follower: TestClient) => {
      expect(await ask(follower, 'channelMessages', { channelUUID })).toMatchObject({
        channelMessages: { channelUUID, messages: [] },
      });
      expect(await ask(follower, 'subscribe', { channelUUID })).toMatchObject({ subscribed });
      const again = await ask(follower, 'resume', { accessKey, channels: [subscribed] });
      expect(again).toMatchObject({ resumed: { channels: [{ ...subscribed, recovered: true }] } });
    };
    await namesIt(client);
    const back = await gateways.connect(1);
    await ask(back, 'resume', { accessKey, channels: [{ ...subscribed, recipientUUID }] });
    await namesIt(back);
    const stranger = await gateways.connect(1);
    await ask(stranger, 'resume', { accessKey });
    expect(await post(stranger, 'no partner is known here', { channelUUID })).toMatchObject({
      error: { name: 'FORBIDDEN' },
    });
    expect(await post(back, 'first', { channelUUID })).toMatchObject({ ack: { Seq: 1 } });
    for (const follower of [client, back]) await follower.next('channelMessage', PATIENCE_MS);
    expect(await ask(client, 'unsubscribe', { channelUUID })).toMatchObject({
      unsubscribed: { channelUUID },
    });
    expect(await post(client, 'second', { channelUUID })).toMatchObject({ ack: { Seq: 2 } });
  });

  it('get their inbox, and what came while they were away', async () => {
    const [from, to] = [await gateways.signUp(0), await gateways.signUp(1)];
    const { inbox } = await ask(to.client, 'inbox');
    expect(inbox).toMatchObject({ unread: 0, recovered: true });
    await post(from.client, 'one', { recipientUUID: to.userUUID });
    const item = await to.client.next('inboxItem', PATIENCE_MS);
    expect(item.inboxItem).toMatchObject({
      seq: inbox.seq + 1,
      kind: 'message',
      message: { Message: 'one' },
    });
    const told = to.client.frames.find(({ sys }) => sys?.type === 'inboxEpoch')!.sys.inboxEpoch;
    expect(told).toEqual({ epoch: expect.any(String), from: inbox.seq });
    await to.client.drop();
    await post(from.client, 'two', { recipientUUID: to.userUUID });
    const back = await gateways.connect(0);
    await ask(back, 'resume', { accessKey: to.accessKey });
    const again = await ask(back, 'inbox', { epoch: told.epoch, seq: inbox.seq + 1 });
    expect(again.inbox).toMatchObject({ epoch: told.epoch, unread: 2, recovered: true });
    const missed = await back.next('inboxItem', PATIENCE_MS);
    expect(missed.inboxItem).toMatchObject({ seq: inbox.seq + 2, message: { Message: 'two' } });
  });

  it('page through the history', async () => {
    const { client } = await gateways.signUp(0);
    const { Seq } = (await post(client, 'newest')).ack;
    const { channelMessages } = await ask(client, 'channelMessages', { before: Seq, limit: 3 });
    expect(channelMessages.messages.map((message: { Seq: number }) => message.Seq)).toEqual(
      range(Seq - 3, Seq - 1),
    );
    expect(channelMessages).toMatchObject({ messagesReceived: 3, messagesTotal: Seq, hasMore: true });
  });

  it('miss nothing when Redis cuts the subscriptions: holes are filled within 5 s', async () => {
    const [sender, reader] = [await gateways.signUp(0), await gateways.signUp(1)];
    const { subscribed } = await ask(reader.client, 'subscribe');
    const first = subscribed.seq + 1;
    let newest = subscribed.seq;
    for (let round = 0; round < 5; round += 1) {
      const killed = gateways.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      for (let n = 0; n < 20; n += 1) newest = (await post(sender.client, `${round} ${n}`)).ack.Seq;
      await killed;
      await eventually(() => expect(seqsOf(reader.client).at(-1)).toBe(newest), { timeoutMs: 5_000 });
    }
    expect(seqsOf(reader.client)).toEqual(range(first, newest));
  });

  describe('that do not read', () => {
    /** Longer than what sockets take between them: 16 KB each. */
    const MESSAGES = 1_000;
    const LONG = '😀'.repeat(4_000);
    /** Posts that are sent together: each has the whole time for its answer, also on a busy machine. */
    const AT_ONCE = 100;
    let writer: Member;
    let place: { channelUUID: string; epoch: string; seq: number };

    beforeAll(async () => {
      writer = await gateways.signUp(0);
      const notes = { recipientUUID: writer.userUUID };
      place = (await ask(writer.client, 'subscribe', notes)).subscribed;
      await ask(writer.client, 'unsubscribe', notes);
      for (let n = 0; n < MESSAGES; n += AT_ONCE) {
        const posts = range(1, AT_ONCE).map(() => post(writer.client, LONG, notes));
        expect(new Set((await Promise.all(posts)).map(({ type }) => type))).toEqual(new Set(['ack']));
      }
    });

    /** Resumes from the beginning without reading, until the gateway has no room for more. */
    const resumeUnread = async () => {
      const client = await gateways.connect(1);
      client.socket.pause();
      const { accessKey } = writer;
      client.send({ type: 'resume', resume: { accessKey, channels: [place] } });
      return client;
    };

    const closedAsTooSlow = async () => {
      const metrics = await (await fetch(gateways.stack.metrics['gateway-2']!)).text();
      return Number(/gateway_connections_closed_total{code="4008"} (\d+)/.exec(metrics)?.[1] ?? 0);
    };

    it('get everything when they finally read', async () => {
      const client = await resumeUnread();
      for (let n = 0; n < 200; n += 1) await ask(writer.client, 'channelMessages', { limit: 1 });
      client.socket.resume();
      const { resumed } = await client.next('resumed', PATIENCE_MS);
      expect(resumed.channels).toEqual([
        { ...place, epoch: expect.any(String), seq: MESSAGES, reads: expect.any(Array), recovered: true },
      ]);
      expect(seqsOf(client)).toEqual(range(1, MESSAGES));
    });

    it('are closed with 4008 when they never do', async () => {
      const before = await closedAsTooSlow();
      await resumeUnread();
      await eventually(async () => expect(await closedAsTooSlow()).toBe(before + 1), { timeoutMs: 40_000 });
    });
  });

  describe('when Redis fails over to a copy and back', () => {
    let other: OwnRedis;
    let copy: Redis;

    beforeAll(async () => {
      const { username, password } = new URL(gateways.stack.redisUrl!);
      const args = ['--masteruser', username || 'default', '--masterauth', decodeURIComponent(password)];
      other = await startRedis({ args: password === '' ? [] : args });
      copy = new Redis(other.url);
      // Without this delay, a copy begins at once.
      for (const redis of [copy, gateways.redis]) await redis.config('SET', 'repl-diskless-sync-delay', '0');
    });

    afterAll(async () => {
      copy?.disconnect();
      await other?.remove();
    });

    const isLinked = (replica: Redis) =>
      eventually(async () => expect(await replica.info('replication')).toContain('master_link_status:up'), {
        timeoutMs: PATIENCE_MS,
      });

    /**
     * The copy becomes the master, Redis follows it and becomes the master again: it is the same process all along. What is
     * stored after the copy was promoted is lost. As a Sentinel does it, every client is disconnected.
     */
    const failOver = async (meanwhile: () => Promise<unknown> = async () => undefined) => {
      const { redis } = gateways;
      await copy.replicaof('127.0.0.1', new URL(gateways.stack.redisUrl!).port);
      await isLinked(copy);
      await redis.wait(1, 5_000);
      await copy.replicaof('NO', 'ONE');
      await meanwhile();
      await redis.replicaof('127.0.0.1', String(other.port));
      await isLinked(redis);
      await redis.replicaof('NO', 'ONE');
      for (const type of ['pubsub', 'normal'])
        await redis.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes');
    };

    /** The epochs that a client was told of, each with the Seq after which its log continues. */
    const told = ({ client }: Member) =>
      client.frames.flatMap(({ sys }) => (sys?.type === 'channelEpoch' ? [sys.channelEpoch] : []));

    const hasGot = ({ client }: Member, message: string) =>
      client.next((frame) => frame.channelMessage?.Message === message, PATIENCE_MS);

    /** A message that is stored, however long Redis is away. */
    const stored = async ({ client }: Member, message: string) => {
      const clientUUID = randomUUID();
      return eventually(
        async () => {
          const { ack } = await post(client, message, { clientUUID });
          expect(ack).toBeDefined();
          return ack as { Seq: number };
        },
        { timeoutMs: PATIENCE_MS },
      );
    };

    /** Clients at the newest message of the general channel: one of each kind, and one that has left. */
    async function clients() {
      const [sender, subscribed, joined] = [
        await gateways.signUp(0),
        await gateways.signUp(1),
        await gateways.signUp(1),
      ];
      const [demo, away] = [await gateways.signUp(1), await gateways.signUp(0)];
      await stored(sender, 'begins the epoch, if nothing has');
      const { channelUUID, epoch } = (await ask(subscribed.client, 'subscribe')).subscribed;
      await ask(joined.client, 'channelJoin');
      demo.client.send({ type: 'channelJoin' });
      await demo.client.next('channelJoin', PATIENCE_MS);
      const { Seq } = await stored(sender, 'before');
      for (const member of [subscribed, joined, demo]) await hasGot(member, 'before');
      const place = { channelUUID, epoch, seq: Seq };
      const resume = async () => {
        const back = await gateways.connect(0);
        const { resumed } = await ask(back, 'resume', { accessKey: away.accessKey, channels: [place] });
        return resumed.channels[0];
      };
      return { sender, subscribed, joined, demo, place, resume };
    }

    it('has nobody reload where nothing is lost', async () => {
      const { sender, subscribed, joined, demo, place, resume } = await clients();
      await failOver();
      expect(await resume()).toEqual({ ...place, recovered: true });
      const { Seq } = await stored(sender, 'after');
      expect(Seq).toBe(place.seq + 1);
      for (const member of [subscribed, joined, demo]) await hasGot(member, 'after');
      const back = await resume();
      expect(back).toMatchObject({ seq: Seq, recovered: true });
      expect(back.epoch).not.toBe(place.epoch);
      const { channelUUID, seq: from } = place;
      for (const member of [subscribed, joined])
        expect(told(member)).toEqual([{ channelUUID, epoch: back.epoch, from }]);
      expect(told(demo)).toEqual([]);
    });

    it('has those reload who have what is lost, before anything replaces it, and those alone', async () => {
      const { sender, subscribed, joined, demo, place, resume } = await clients();
      await failOver(async () => {
        for (const text of ['lost 1', 'lost 2']) await stored(sender, text);
        for (const member of [subscribed, joined, demo]) await hasGot(member, 'lost 2');
      });
      const { channelUUID, epoch, seq: from } = place;
      for (const member of [subscribed, joined])
        await eventually(() => expect(told(member)).toEqual([{ channelUUID, epoch, from }]), {
          timeoutMs: PATIENCE_MS,
        });
      expect(await resume()).toEqual({ ...place, recovered: true });
      place.seq += 2;
      expect(await resume()).toEqual({ channelUUID, epoch, seq: from, recovered: false });
      const { Seq } = await stored(sender, 'after');
      expect(Seq).toBe(from + 1);
      for (const member of [subscribed, joined, demo]) await hasGot(member, 'after');
      const back = await resume();
      expect(back).toMatchObject({ seq: Seq, recovered: false });
      for (const member of [subscribed, joined])
        expect(told(member).slice(1)).toEqual([{ channelUUID, epoch: back.epoch, from }]);
      expect(told(demo)).toEqual([]);
    });
  });
});
