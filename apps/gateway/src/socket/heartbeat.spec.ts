import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { fakeConnection } from './fixtures/fake-link.js';
import { Heartbeat } from './heartbeat.js';

/** Lets seconds pass for a heartbeat whose connections were last heard at 0. */
function watched(count: number) {
  const heartbeat = new Heartbeat();
  const clients = Array.from({ length: count }, () => fakeConnection());
  for (const { connection } of clients) {
    connection.lastPong = 0;
    heartbeat.add(connection);
  }
  let second = 0;
  const pass = (seconds: number) => {
    for (let n = 0; n < seconds; n += 1) {
      second += 1;
      heartbeat.tick(second * 1_000);
    }
  };
  return { heartbeat, clients, pass };
}

describe('Heartbeat', () => {
  afterEach(() => void jest.restoreAllMocks());

  it('closes nobody after a stall of its own, in which it could hear nobody', () => {
    const heartbeat = new Heartbeat();
    const clients = [fakeConnection(), fakeConnection()];
    for (const { connection } of clients) heartbeat.add(connection);
    const real = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => real() + 65_000);
    heartbeat.tick();
    expect(clients.map(({ link }) => link.closed)).toEqual([undefined, undefined]);
  });

  it('pings each connection every 25 seconds', () => {
    const { clients, pass } = watched(2);
    pass(24);
    expect(clients.map(({ link }) => link.pings)).toEqual([0, 0]);
    pass(1);
    expect(clients.map(({ link }) => link.pings)).toEqual([1, 1]);
    pass(25);
    expect(clients.map(({ link }) => link.pings)).toEqual([2, 2]);
  });

  it('spreads the pings of connections that came at different times', () => {
    const { heartbeat, pass } = watched(0);
    pass(10);
    const { connection, link } = fakeConnection();
    heartbeat.add(connection);
    pass(24);
    expect(link.pings).toBe(0);
    pass(1);
    expect(link.pings).toBe(1);
  });

  it('closes a connection without a pong for 60 seconds, and not before', () => {
    const { clients, pass } = watched(2);
    clients[1]!.connection.lastPong = 30_000;
    pass(59);
    expect(clients[0]!.link.closed).toBeUndefined();
    pass(1);
    expect(clients.map(({ link }) => link.closed)).toEqual([4002, undefined]);
  });

  it('spares a connection whose socket is not being read', () => {
    const { clients, pass } = watched(1);
    const { connection, link } = clients[0]!;
    connection.enqueue(() => new Promise(() => undefined));
    for (let n = 0; n < 4; n += 1) connection.receive('x');
    pass(100);
    expect(link.closed).toBeUndefined();
  });

  it('forgets a connection that has ended', () => {
    const { heartbeat, clients, pass } = watched(1);
    heartbeat.remove(clients[0]!.connection);
    pass(100);
    expect(clients[0]!.link).toMatchObject({ pings: 0, closed: undefined });
  });
});
