import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Message } from '@parley/protocol';
import { eventually } from '@parley/testing';
import { Redis } from 'ioredis';
import { messagesTo, numbered, requestFor, resume, subscribe } from './checks/conversation.js';
import { joinFrame, saying, sendFrame } from './checks/expectations.js';
import { DocumentChecker } from './fixtures/document-checker.js';
import { failuresOf, type LiveStack, startLiveStack } from './fixtures/live-stack.js';
import type { Frame, Peer } from './peer.js';
import type { World } from './world.js';

jest.setTimeout(600_000);

/** Requests of each client while a replica dies. */
const REQUESTS = 40;
const CLIENTS = 10;

describe('two gateways and two replicas of each service', () => {
  let live: LiveStack;
  let world: World;

  beforeAll(async () => {
    const replicas = { AUTH_REPLICAS: '2', USERS_REPLICAS: '2', CHANNELS_REPLICAS: '2' };
    live = await startLiveStack({ GATEWAY_WORKERS: '2', ...replicas }, 'separate', 'as built');
    world = live.world();
  });

  afterAll(async () => {
    await world?.close();
    await live?.remove();
  });

  const pidOf = (name: string) => live.stack.processes().find((process) => process.name === name)?.pid;

  /** SIGKILL, and resolves when another process has taken the name. */
  const killAndAwaitNext = async (name: string): Promise<void> => {
    const before = pidOf(name);
    live.stack.kill(name, 'SIGKILL');
    await eventually(() => pidOf(name) !== undefined && pidOf(name) !== before, { timeoutMs: 30_000 });
  };

  it('keep the protocol, and the AsyncAPI document that they serve, in every frame both ways', async () => {
    expect(live.urls).toHaveLength(2);
    const checker = await DocumentChecker.of(live.stack.gateways[0]!.httpUrl);
    expect(await failuresOf({ urls: live.urls, examine: checker.examine })).toEqual([]);
    // Those of tokens need an identity provider.
    expect(checker.unseen).toEqual(['RefreshRequest', 'RefreshFrame']);
  });

  it('answer every message, and store each once, while a replica of channels is killed', async () => {
    const reader = await world.join();
    const members = await world.joinMany(CLIENTS);
    const killed = killHalfWay('channels-1', CLIENTS * REQUESTS);
    const acks = await Promise.all(
      members.map(async ({ peer }) => {
        const seqs: number[] = [];
        for (let number = 0; number < REQUESTS; number += 1) {
          const channelMessage = {
            recipientUUID: reader.userUUID,
            message: `${number}`,
            clientUUID: `${number}`,
          };
          const { ack } = await retried(peer, { type: 'channelMessage', channelMessage });
          seqs.push(ack.Seq);
          killed.count();
        }
        return seqs;
      }),
    );
    await killed.done;
    const oneToForty = Array.from({ length: REQUESTS }, (_, index) => index + 1);
    for (const seqs of acks) expect(seqs).toEqual(oneToForty);
    for (const { userUUID } of members) {
      const { channelJoin } = await reader.peer.ask(joinFrame(userUUID, { limit: 100, order: 'asc' }));
      expect(channelJoin.messages.map(({ Message: text }: Message) => Number(text) + 1)).toEqual(oneToForty);
    }
  });

  it('answer every list of users while a replica of users is killed', async () => {
    const members = await world.joinMany(CLIENTS);
    const killed = killHalfWay('users-1', CLIENTS * REQUESTS);
    await Promise.all(
      members.map(async ({ peer }) => {
        for (let number = 0; number < REQUESTS; number += 1) {
          expect((await retried(peer, { type: 'users', users: { limit: 3 } })).users.received).toBe(3);
          killed.count();
        }
      }),
    );
    await killed.done;
  });

  it('answer every sign-in while a replica of auth is killed', async () => {
    const members = await world.joinMany(CLIENTS);
    const signIns = 8;
    const killed = killHalfWay('auth-1', CLIENTS * signIns);
    await Promise.all(
      members.map(async ({ username, password, userUUID, peer }) => {
        for (let number = 0; number < signIns; number += 1) {
          const { authorized } = await retried(peer, { type: 'signIn', signIn: { username, password } });
          world.secret(authorized.accessKey);
          expect(authorized.userUUID).toBe(userUUID);
          killed.count();
        }
      }),
    );
    await killed.done;
  });

  it('recover automatically when Redis is killed and comes back, with history, sessions and joins', async () => {
    await keepEveryWrite();
    const [one, two] = [await world.join(), await world.join({ url: world.otherUrl })];
    await one.peer.ask(joinFrame(two.userUUID));
    await two.peer.ask(joinFrame(one.userUUID));
    await one.peer.ask(sendFrame('before', two.userUUID));
    const place = await subscribe(two.peer, one.userUUID);
    await killAndAwaitNext('redis');
    const texts = ['before', ...numbered(20, 'after')];
    for (const message of texts.slice(1)) {
      const channelMessage = { recipientUUID: two.userUUID, message, clientUUID: message };
      await retried(one.peer, { type: 'channelMessage', channelMessage });
    }
    for (const { peer } of [one, two]) await peer.next(saying(texts.at(-1)!), 'the last message');
    await world.curtain(one, two);
    for (const { peer } of [one, two]) {
      expect(messagesTo(peer).map(({ Message: text }) => text)).toEqual(texts);
    }
    const fresh = await world.signInByPair(one);
    const request = requestFor('channelMessages', two.userUUID, { limit: 100 });
    const { channelMessages: page } = await fresh.peer.ask(request);
    expect(page.messages.map(({ Message: text }: Message) => text)).toEqual(texts);
    // Redis lost nothing: what was read before continues in the new epoch.
    const { channels } = await resume(fresh.peer, one, [place]);
    expect(channels).toEqual([{ ...place, epoch: expect.any(String), seq: texts.length, recovered: true }]);
    expect(channels[0].epoch).not.toBe(place.epoch);
    const { epoch } = channels[0];
    const isTold = ({ sys }: Frame) => sys?.channelEpoch?.epoch === epoch;
    // The message before was stored; whether it is before the place depends on who was told first.
    expect((await two.peer.next(isTold, 'channelEpoch')).sys.channelEpoch.from).toBe(1);
    expect(messagesTo(fresh.peer).map(({ Message: text }) => text)).toEqual(texts.slice(place.seq));
    expect((await world.join()).userUUID).toBeTruthy();
  });

  it('keep the protocol after all of that', async () => {
    world.verify();
    expect(await failuresOf({ urls: live.urls, only: /^(seed|1\.4|2\.4|2\.8|2\.12)\./ })).toEqual([]);
  });

  /** Until the next restart; by default Redis may lose the last second when it is killed. */
  async function keepEveryWrite(): Promise<void> {
    const redis = new Redis(live.stack.redisUrl!);
    await redis.config('SET', 'appendfsync', 'always');
    await redis.quit();
  }

  /** Kills a process when half of the requests have been answered. */
  function killHalfWay(name: string, requests: number): { count: () => void; done: Promise<void> } {
    let answered = 0;
    let kill = () => {};
    const half = new Promise<void>((resolve) => {
      kill = resolve;
    });
    const count = () => {
      answered += 1;
      if (answered === Math.floor(requests / 2)) kill();
    };
    return { count, done: half.then(() => killAndAwaitNext(name)) };
  }
});

/** Asks until the answer is no error that says that the same request may succeed later; other errors fail the test. */
async function retried(peer: Peer, frame: Frame): Promise<Frame> {
  return eventually(
    async () => {
      const answer = await peer.ask(frame);
      if (answer.error?.retryable) return false;
      expect(answer.error).toBeUndefined();
      return answer;
    },
    { timeoutMs: 30_000 },
  );
}
