import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CLOSE_CODES } from '@parley/protocol';
import { eventually, runAdmin } from '@parley/testing';
import { Redis } from 'ioredis';
import { joinFrame, sendFrame } from './checks/expectations.js';
import { computedKeys, settingsOf } from './fixtures/computed-keys.js';
import { failuresOf, type LiveStack, startLiveStack } from './fixtures/live-stack.js';
import type { Frame, Peer } from './peer.js';

jest.setTimeout(600_000);

const CLIENTS = 50;
const MESSAGES = 20;

describe('two gateway workers on one port', () => {
  let live: LiveStack;

  beforeAll(async () => {
    live = await startLiveStack({ GATEWAY_WORKERS: '2' }, 'shared');
  });

  afterAll(() => live?.remove());

  it('keep the part of the protocol in which connections meet', async () => {
    expect(await failuresOf({ urls: live.urls, only: /^(seed|1\.4|2\.4|2\.8|2\.12)\./ })).toEqual([]);
  });

  it('give every client all concurrent messages, each once, in the order of Seq', async () => {
    const world = live.world();
    try {
      const members = await world.joinMany(CLIENTS);
      const peers = members.map(({ peer }) => peer);
      const joined = await Promise.all(peers.map((peer) => peer.ask(joinFrame())));
      const first = joined.at(-1)!.channelJoin.seq + 1;
      for (const [client, peer] of peers.entries()) {
        for (let number = 0; number < MESSAGES; number += 1) peer.send(sendFrame(`${client}:${number}`));
      }
      const seqs = Array.from({ length: CLIENTS * MESSAGES }, (_, index) => first + index);
      await Promise.all(peers.map((peer) => seqIn(peer, seqs.at(-1)!)));
      await world.curtain(...members);
      const texts = textsOf(peers[0]!);
      for (const peer of peers) {
        expect(seqsOf(peer)).toEqual(seqs);
        expect(textsOf(peer)).toEqual(texts);
      }
      expect(new Set(texts).size).toBe(seqs.length);
      for (const client of peers.keys())
        expect(numbersOf(texts, client)).toEqual([...Array(MESSAGES).keys()]);
      world.verify();
    } finally {
      await world.close();
    }
  });

  it('close every connection of a user whom an operator bans, and let nobody sign in as that user', async () => {
    const world = live.world();
    try {
      const [banned, bystander] = [await world.join(), await world.join()];
      // Connections go to the workers in turn: of three, one is on the other worker.
      const others = [await world.signInByPair(banned), await world.signInByPair(banned)];
      const { code, out } = await runAdmin(live.dataFolder, 'ban', banned.username.toUpperCase());
      expect([code, out]).toEqual([
        0,
        `${banned.username} (${banned.userUUID}) is banned; 1 session ended\n`,
      ]);
      const codes = await Promise.all([banned, ...others].map(({ peer }) => peer.closed));
      expect(codes).toEqual([CLOSE_CODES.BANNED, CLOSE_CODES.BANNED, CLOSE_CODES.BANNED]);
      const wentOffline = ({ sys }: Frame) => sys?.signOut?.uuid === banned.userUUID;
      await bystander.peer.next(wentOffline, 'sys signOut');
      const { username, password } = banned;
      const { error } = await bystander.peer.ask({ type: 'signIn', signIn: { username, password } });
      expect(error).toMatchObject({
        name: 'FORBIDDEN',
        message: 'This account is banned.',
        retryable: false,
      });
      expect(await runAdmin(live.dataFolder, 'ban', 'nobody at all')).toMatchObject({
        code: 1,
        err: 'USER_NOT_FOUND: There is no such user.\n',
      });
    } finally {
      await world.close();
    }
  });

  it('subscribe to a channel for its local members only', async () => {
    const [world, redis] = [live.world(), new Redis(live.stack.redisUrl!)];
    try {
      const [one, two] = [await world.join(), await world.join()];
      const { channelUUID } = (await one.peer.ask(joinFrame(two.userUUID))).channelJoin;
      const [name] = (await redis.pubsub('CHANNELS', `*${channelUUID}*`)) as string[];
      const subscribers = async () => ((await redis.pubsub('NUMSUB', name!)) as unknown[])[1];
      expect(await subscribers()).toBe(1);
      // Connections go to the workers in turn: of two more, one is on the other worker.
      const others = [await world.signInByPair(two), await world.signInByPair(two)];
      for (const { peer } of others) await peer.ask(joinFrame(one.userUUID));
      expect(await subscribers()).toBe(2);
      for (const { peer } of others) await peer.close();
      await eventually(async () => (await subscribers()) === 1);
      await one.peer.ask({ type: 'channelLeave', channelLeave: { channelUUID } });
      await eventually(async () => (await subscribers()) === 0);
    } finally {
      redis.disconnect();
      await world.close();
    }
  });

  // Only auth can: with its settings the same computation gives the access key, which shows that it is the right one.
  it('cannot compute the access key of a session', async () => {
    const world = live.world();
    try {
      const { peer, userUUID, accessKey } = await world.join();
      const computedBy = (name: string) => {
        const { pid } = live.stack.processes().find((each) => each.name === name)!;
        return computedKeys(settingsOf(pid), userUUID, peer.sessionUUID!);
      };
      expect(computedBy('gateway-1')).not.toHaveLength(0);
      for (const name of ['gateway-1', 'gateway-2', 'users-1', 'channels-1'])
        expect(computedBy(name)).not.toContain(accessKey);
      expect(computedBy('auth-1')).toContain(accessKey);
    } finally {
      await world.close();
    }
  });

  it('close every connection when an operator ends all sessions, and everybody can sign in again', async () => {
    const world = live.world();
    try {
      const members = await world.joinMany(4);
      const { code, out } = await runAdmin(live.dataFolder, 'sessions-end-all');
      expect([code, out]).toEqual([0, expect.stringMatching(/^\d+ sessions of \d+ users ended\n$/)]);
      for (const { peer } of members) expect(await peer.closeCode()).toBe(4501);
      const peer = await world.connect();
      const { accessKey } = members[0]!;
      const { error } = await peer.ask({ type: 'resume', resume: { accessKey, channels: [] } });
      expect(error).toMatchObject({ name: 'SESSION_EXPIRED' });
      await world.signInAgain(members[0]!);
    } finally {
      await world.close();
    }
  });
});

const messagesOf = (peer: Peer) => peer.frames.flatMap(({ channelMessage }) => channelMessage ?? []);
const seqsOf = (peer: Peer): number[] => messagesOf(peer).map(({ Seq }) => Seq);
const textsOf = (peer: Peer): string[] => messagesOf(peer).map(({ Message }) => Message);

const seqIn = (peer: Peer, seq: number) =>
  peer.next((frame) => frame.channelMessage?.Seq === seq, `Seq ${seq}`);

/** The numbers of one client's messages, in the order in which they came. */
const numbersOf = (texts: readonly string[], client: number): number[] =>
  texts.filter((text) => text.startsWith(`${client}:`)).map((text) => Number(text.split(':')[1]));
