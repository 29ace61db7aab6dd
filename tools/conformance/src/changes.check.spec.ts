import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Message } from '@parley/protocol';
import { Redis } from 'ioredis';
import { post, requestFor, resume, subscribe } from './checks/conversation.js';
import { failuresOf, type LiveStack, startLiveStack } from './fixtures/live-stack.js';
import type { Frame } from './peer.js';
import type { World } from './world.js';

jest.setTimeout(600_000);

const CONNECTIONS = 100;
const KINDS = Array.from({ length: 10 }, (_, n) => `kind ${n}`);

describe('changes of messages, with two gateways and two replicas of channels', () => {
  let live: LiveStack;
  let world: World;
  let redis: Redis;

  beforeAll(async () => {
    live = await startLiveStack({ GATEWAY_WORKERS: '2', CHANNELS_REPLICAS: '2' }, 'separate');
    world = live.world();
    redis = new Redis(live.stack.redisUrl!);
  });

  afterAll(async () => {
    redis?.disconnect();
    await world?.close();
    await live?.remove();
  });

  it('keep the protocol', async () => {
    expect(await failuresOf({ urls: live.urls, only: /^3\.(3\d|11|24)\./ })).toEqual([]);
  });

  it('give one result of 1,000 reactions at once from 100 connections, the same for all, after a reload too', async () => {
    const members = await world.joinMany(CONNECTIONS);
    const [first] = members;
    const [ack] = await post(first!.peer, undefined, [randomUUID()]);
    const UUID: string = ack!['UUID'];
    const places = await Promise.all(members.map(({ peer }) => subscribe(peer)));
    const react = (reaction: string): Frame => requestFor('reaction', undefined, { UUID, reaction });
    const answers = await Promise.all(
      members.flatMap(({ peer }) => KINDS.map((kind) => peer.ask(react(kind)))),
    );
    const seqs = answers.map(({ reaction }) => reaction.Seq as number).sort((a, b) => a - b);
    const from = places[0]!.seq;
    expect(seqs).toEqual(Array.from({ length: CONNECTIONS * KINDS.length }, (_, n) => from + n + 1));
    await world.curtain(...members);
    const told = ({ frames }: { frames: readonly Frame[] }) =>
      frames
        .filter(({ type, id }) => type === 'reaction' && id === undefined)
        .map((frame) => frame['reaction']);
    const expected = told(members[0]!.peer);
    expect(expected.map(({ Seq }) => Seq)).toEqual(seqs);
    for (const { peer } of members) expect(told(peer)).toEqual(expected);
    const counts = new Map(expected.map(({ reaction, count }) => [reaction, count]));
    expect([...counts.values()]).toEqual(KINDS.map(() => CONNECTIONS));
    for (const { peer } of [members[0]!, members[1]!, members.at(-1)!]) {
      const page = await peer.ask(requestFor('channelMessages', undefined, { limit: 100 }));
      const shown = page['channelMessages'].messages.find((message: Message) => message.UUID === UUID);
      expect(new Map(shown.reactions.map(({ reaction, count }: Frame) => [reaction, count]))).toEqual(counts);
      expect(shown.reactions.every(({ mine }: Frame) => mine === true)).toBe(true);
    }
    const back = await world.connect({ url: world.otherUrl });
    await resume(back, members[0]!, [places[0]!]);
    expect(told(back)).toEqual(expected);
  });

  it('leave no byte of a deleted text in Redis: log, edits, inboxes, answers, memories', async () => {
    const [ada, bob] = [await world.join(), await world.join({ url: world.otherUrl })];
    await bob.peer.ask({ type: 'inbox' });
    const secret = () => randomBytes(24).toString('hex');
    const [text, edited] = [secret(), secret()];
    await subscribe(bob.peer, ada.userUUID);
    const message = { message: text, clientUUID: randomUUID() };
    const { ack } = await ada.peer.ask(requestFor('channelMessage', bob.userUUID, message));
    const { UUID } = ack;
    const change = (type: string, more: object = {}) => requestFor(type, bob.userUUID, { UUID, ...more });
    const answering = { message: 'an answer', replyTo: UUID };
    await bob.peer.ask(requestFor('channelMessage', ada.userUUID, answering));
    await ada.peer.ask(change('messageEdit', { message: edited }));
    await bob.peer.ask(requestFor('channelMessage', ada.userUUID, answering));
    const keys = async (secretText: string) => {
      const found: string[] = [];
      for (const key of await redis.keys('*:channels:*')) {
        const dump = await redis.dumpBuffer(key);
        if (dump?.includes(secretText)) found.push(key);
      }
      return found;
    };
    await redis.config('SET', 'rdbcompression', 'no');
    expect((await keys(text)).length).toBeGreaterThan(0);
    expect((await keys(edited)).length).toBeGreaterThan(0);
    await ada.peer.ask(change('messageDelete'));
    expect(await keys(text)).toEqual([]);
    expect(await keys(edited)).toEqual([]);
    const { accessKey, userUUID } = bob;
    const back = await world.connect();
    await back.ask({ type: 'resume', resume: { accessKey, channels: [] } });
    await back.ask({ type: 'inbox', inbox: { epoch: '00000000-0000-0000-0000-000000000000', seq: 0 } });
    await back.fence();
    expect(userUUID).toBe(bob.userUUID);
    for (const each of back.texts) {
      expect(each).not.toContain(text);
      expect(each).not.toContain(edited);
    }
  });
});
