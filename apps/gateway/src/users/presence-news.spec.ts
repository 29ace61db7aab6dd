import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { PresenceReach } from '@parley/contracts';
import { everyoneChannel, watchersChannel } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { createLogger } from '@parley/service-kit';
import { eventually } from '@parley/testing';
import { FakeSubscriber } from '../delivery/fixtures/fake-subscriber.js';
import { Pace } from '../delivery/pace.js';
import { fixedLoad } from '../pacing/fixtures/fixed-load.js';
import { perSecond } from '../pacing/token-bucket.js';
import { Connections } from '../socket/connections.js';
import { fakeConnection } from '../socket/fixtures/fake-link.js';
import { PresenceNews } from './presence-news.js';
import { Reach } from './reach.js';
import { SysBroadcast, signedInFrame, signedOutFrame } from './sys-broadcast.js';
import type { WatchSource } from './watch-sources.js';
import { Watching } from './watching.js';

const [ada, bob, cy] = ['ada', 'bob', 'cy'].map((name) => ({
  UUID: name.padEnd(36, '-'),
  Username: name,
})) as [
  { UUID: string; Username: string },
  { UUID: string; Username: string },
  { UUID: string; Username: string },
];

const logger = createLogger('test', 'silent');

/** A gateway over a Redis that gives back what is published. `known` is whom the sources know, by user. */
async function gateway({
  reach: first = 'watchers' as PresenceReach,
  known = {} as Record<string, readonly string[] | Error>,
  framesPerSecond = 100,
} = {}) {
  const subscriber = new FakeSubscriber(new Pace());
  const published: string[] = [];
  const publish = async (channel: string, message: string) => {
    published.push(channel);
    subscriber.publish(channel, Buffer.from(message));
  };
  const pipeline = (commands: [string, string, string][]) => ({
    exec: async () => {
      for (const [, channel, message] of commands) await publish(channel, message);
    },
  });
  const redis = { publish, pipeline } as unknown as RedisConnection;
  const [connections, reach, budget] = [new Connections(), new Reach(), perSecond(framesPerSecond)];
  const broadcast = new SysBroadcast(
    redis,
    subscriber,
    connections,
    budget,
    everyoneChannel('t'),
    logger,
    fixedLoad(0),
  );
  await broadcast.listen();
  const source: WatchSource = {
    watchedBy: async ({ UUID }) => {
      const UUIDs = known[UUID] ?? [];
      if (UUIDs instanceof Error) throw UUIDs;
      return UUIDs;
    },
  };
  const watching = new Watching(reach, connections, subscriber, [source], budget, 't', 100, logger);
  const news = new PresenceNews(redis, reach, broadcast, watching, connections, 't', logger);
  reach.heard(first);
  const signIn = async (user: typeof ada) => {
    const client = fakeConnection({ maxBufferedBytes: 1e6 });
    client.connection.signIn({ user, userUUID: user.UUID, sessionId: user.UUID });
    news.admit(client.connection);
    for (let turn = 0; turn < 3; turn += 1) await nextTurn();
    return client;
  };
  return { news, watching, reach, signIn, subscriber, published };
}

describe('PresenceNews', () => {
  it('tells those who watch the user, and nobody else', async () => {
    const { news, signIn, published } = await gateway({ known: { [bob.UUID]: [ada.UUID] } });
    const [watcher, stranger] = [await signIn(bob), await signIn(cy)];
    news.arrived(ada, 'somebody');
    news.departed(ada);
    await nextTurn();
    expect(watcher.link.frames).toEqual([signedInFrame(ada), signedOutFrame(ada)]);
    expect(stranger.link.frames).toEqual([]);
    expect(published).toEqual([watchersChannel('t', ada.UUID), watchersChannel('t', ada.UUID)]);
  });

  it.each([
    ['everyone', [everyoneChannel('t')], []],
    ['both', [everyoneChannel('t')], [watchersChannel('t', ada.UUID)]],
    ['watchers', [watchersChannel('t', ada.UUID)], [watchersChannel('t', ada.UUID)]],
  ] as const)('with the reach %s publishes on %j and watches %j', async (reach, channels, watched) => {
    const { news, signIn, published, subscriber } = await gateway({
      reach,
      known: { [bob.UUID]: [ada.UUID] },
    });
    await signIn(bob);
    news.arrived(ada);
    await nextTurn();
    expect(published).toEqual(channels);
    expect([...subscriber.listeners.keys()]).toEqual([everyoneChannel('t'), ...watched]);
  });

  it('begins to watch for those who are there when the many come', async () => {
    const { reach, signIn, subscriber } = await gateway({
      reach: 'everyone',
      known: { [bob.UUID]: [ada.UUID] },
    });
    await signIn(bob);
    reach.heard('both');
    await eventually(() => expect(subscriber.listeners.has(watchersChannel('t', ada.UUID))).toBe(true), {
      timeoutMs: 10_000,
    });
  });

  it('tells only watchers of users who went offline with a gateway, if the users service says so', async () => {
    const { news, signIn } = await gateway({ known: { [bob.UUID]: [ada.UUID] } });
    const [watcher, stranger] = [await signIn(bob), await signIn(cy)];
    news.departedWithGateway(ada, 'watchers');
    expect([watcher, stranger].map(({ link }) => link.frames.length)).toEqual([1, 0]);
    news.departedWithGateway(ada, 'both');
    news.departedWithGateway(ada);
    expect([watcher, stranger].map(({ link }) => link.frames.length)).toEqual([3, 2]);
  });

  it('watches the partner of a private channel from the moment of the join on', async () => {
    const { news, watching, signIn } = await gateway();
    const { connection, link } = await signIn(bob);
    watching.met(connection, ada.UUID);
    await nextTurn();
    news.arrived(ada);
    await nextTurn();
    expect(link.frames).toEqual([signedInFrame(ada)]);
  });

  it('stops watching when the last connection of a user goes', async () => {
    const { news, signIn, subscriber } = await gateway({ known: { [bob.UUID]: [ada.UUID] } });
    const [one, two] = [await signIn(bob), await signIn(bob)];
    news.dismiss(one.connection, bob.UUID);
    await nextTurn();
    expect(subscriber.listeners.has(watchersChannel('t', ada.UUID))).toBe(true);
    news.dismiss(two.connection, bob.UUID);
    await eventually(() => expect(subscriber.listeners.has(watchersChannel('t', ada.UUID))).toBe(false));
  });

  it('watches those whom the user has met while a source fails', async () => {
    const { news, watching, signIn } = await gateway({ known: { [bob.UUID]: new Error('away') } });
    const { connection, link } = await signIn(bob);
    watching.met(connection, ada.UUID);
    await nextTurn();
    news.arrived(ada);
    await nextTurn();
    expect(link.frames).toEqual([signedInFrame(ada)]);
  });

  it('drops what is no UTF-8: it would close those who get it', async () => {
    const { signIn, subscriber } = await gateway({ known: { [bob.UUID]: [ada.UUID] } });
    const { link } = await signIn(bob);
    const json = Buffer.from(JSON.stringify(signedInFrame(ada)));
    const publish = (...parts: Buffer[]) =>
      subscriber.publish(watchersChannel('t', ada.UUID), Buffer.concat([Buffer.from(ada.UUID), ...parts]));
    publish(json, Buffer.from([0xff]));
    publish(json);
    expect(link.frames).toEqual([signedInFrame(ada)]);
  });

  it('drops frames beyond the budget', async () => {
    const { news, signIn } = await gateway({ framesPerSecond: 1, known: { [bob.UUID]: [ada.UUID] } });
    // More than the second's budget, so that the rest of the second is in debt.
    const clients = [await signIn(bob), await signIn(bob), await signIn(bob)];
    for (let n = 0; n < 3; n += 1) news.departedWithGateway(ada, 'watchers');
    for (const { link } of clients) expect(link.frames).toEqual([signedOutFrame(ada)]);
  });
});
