import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { everyoneChannel } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { createLogger } from '@parley/service-kit';
import { eventually } from '@parley/testing';
import { FakeSubscriber } from '../delivery/fixtures/fake-subscriber.js';
import { Pace } from '../delivery/pace.js';
import { droppedSysFrames } from '../metrics.js';
import { fixedLoad } from '../pacing/fixtures/fixed-load.js';
import { perSecond } from '../pacing/token-bucket.js';
import { Connections } from '../socket/connections.js';
import { fakeConnection } from '../socket/fixtures/fake-link.js';
import { SysBroadcast, signedInFrame, signedOutFrame } from './sys-broadcast.js';

const ada = { UUID: 'ada', Username: 'Ada' };

/** Two gateways' worth of one: what is published comes back by the subscriber. */
async function gateway({ framesPerSecond = 100, busyShare = 1 } = {}) {
  const subscriber = new FakeSubscriber(new Pace());
  const published: string[] = [];
  const redis = {
    publish: async (channel: string, message: string) => {
      published.push(message);
      subscriber.publish(channel, Buffer.from(message));
    },
  } as unknown as RedisConnection;
  const connections = new Connections();
  const budget = perSecond(framesPerSecond);
  const broadcast = new SysBroadcast(
    redis,
    subscriber,
    connections,
    budget,
    everyoneChannel('t'),
    createLogger('test', 'silent'),
    fixedLoad(busyShare),
  );
  await broadcast.listen();
  const connect = () => {
    const client = fakeConnection();
    connections.signedIn.add(client.connection);
    return client;
  };
  return { broadcast, connect, subscriber, published };
}

describe('SysBroadcast', () => {
  it('reaches every signed-in connection', async () => {
    const { broadcast, connect, subscriber } = await gateway();
    const clients = [connect(), connect()];
    broadcast.publish(signedInFrame(ada));
    await nextTurn();
    for (const { link } of clients) expect(link.frames).toEqual([signedInFrame(ada)]);
    expect([...subscriber.listeners.keys()]).toEqual([everyoneChannel('t')]);
  });

  it('leaves out the connection that has already been told', async () => {
    const { broadcast, connect } = await gateway();
    const [told, other] = [connect(), connect()];
    broadcast.publish(signedInFrame(ada), told.connection.id);
    await nextTurn();
    expect(told.link.frames).toEqual([]);
    expect(other.link.frames).toEqual([signedInFrame(ada)]);
  });

  it('publishes the frames of one turn at once, in order, each for its own audience', async () => {
    const { broadcast, connect, published } = await gateway();
    const [told, other] = [connect(), connect()];
    const grace = { UUID: 'grace', Username: 'Grace\nHopper' };
    broadcast.publish(signedInFrame(ada));
    broadcast.publish(signedInFrame(grace), told.connection.id);
    broadcast.publish(signedOutFrame(ada));
    await nextTurn();
    expect(published).toHaveLength(1);
    expect(told.link.frames).toEqual([signedInFrame(ada), signedOutFrame(ada)]);
    expect(other.link.frames).toEqual([signedInFrame(ada), signedInFrame(grace), signedOutFrame(ada)]);
  });

  it('publishes frames that follow closely together a little later', async () => {
    const { broadcast, connect, published } = await gateway();
    const { link } = connect();
    broadcast.publish(signedInFrame(ada));
    await nextTurn();
    broadcast.publish(signedOutFrame(ada));
    await nextTurn();
    broadcast.publish(signedInFrame(ada));
    expect(published).toHaveLength(1);
    await eventually(() => expect(published).toHaveLength(2));
    expect(link.frames).toEqual([signedInFrame(ada), signedOutFrame(ada), signedInFrame(ada)]);
  });

  it('gathers frames while it rests, for longer with more connections, and writes once to each', async () => {
    const { broadcast, connect } = await gateway();
    const clients = Array.from({ length: 40 }, connect);
    const [told, other] = clients as [(typeof clients)[0], (typeof clients)[0]];
    const began = performance.now();
    broadcast.tellHere(signedInFrame(ada));
    expect(other.link.writes).toHaveLength(1);
    broadcast.tellHere(signedOutFrame(ada));
    broadcast.publish(signedInFrame(ada), told.connection.id);
    await eventually(() => expect(other.link.writes).toHaveLength(2));
    // Timers are exact to a millisecond.
    expect(performance.now() - began).toBeGreaterThanOrEqual(79);
    expect(other.link.frames).toEqual([signedInFrame(ada), signedOutFrame(ada), signedInFrame(ada)]);
    expect(told.link.frames).toEqual([signedInFrame(ada), signedOutFrame(ada)]);
  });

  it('does not rest in a process that is not busy', async () => {
    const { broadcast, connect } = await gateway({ busyShare: 0 });
    const { link } = connect();
    for (const frame of [signedInFrame(ada), signedOutFrame(ada)]) broadcast.tellHere(frame);
    expect(link.frames).toEqual([signedInFrame(ada), signedOutFrame(ada)]);
  });

  it('drops what is no UTF-8: it would close every client', async () => {
    const { broadcast, connect, subscriber } = await gateway();
    const { link } = connect();
    const bad = Buffer.concat([Buffer.from(`${'0'.repeat(36)}{"type":"sys"`), Buffer.from([0xff])]);
    subscriber.publish(everyoneChannel('t'), bad);
    broadcast.publish(signedInFrame(ada));
    await nextTurn();
    expect(link.frames).toEqual([signedInFrame(ada)]);
  });

  it('drops and counts frames beyond the budget', async () => {
    const { broadcast, connect } = await gateway({ framesPerSecond: 1 });
    const before = (await droppedSysFrames.get()).values[0]?.value ?? 0;
    const clients = [connect(), connect()];
    for (let n = 0; n < 3; n += 1) broadcast.tellHere(signedOutFrame(ada));
    for (const { link } of clients) expect(link.frames).toEqual([signedOutFrame(ada)]);
    expect((await droppedSysFrames.get()).values[0]?.value).toBe(before + 4);
  });
});
