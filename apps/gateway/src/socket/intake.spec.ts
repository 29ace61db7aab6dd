import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { intakePauses } from '../metrics.js';
import { COPIES } from './arrivals.js';
import type { ConnectionOptions } from './connection.js';
import { fakeConnection } from './fixtures/fake-link.js';
import { Intake } from './intake.js';

const session = { user: { UUID: 'u', Username: 'U' }, userUUID: 'u', sessionId: 's' };
const SIGNED_IN = 10_000;
const UNSIGNED = 5_000;

/** Connections that share an intake, whose frames are answered when the test says so. */
function crowd(size: number, options: Partial<ConnectionOptions> = {}) {
  const intake = new Intake(SIGNED_IN, UNSIGNED);
  const answers: (() => void)[] = [];
  const route = () => new Promise<void>((resolve) => void answers.push(resolve));
  const clients = Array.from({ length: size }, () => fakeConnection({ intake, route, ...options }));
  for (const { connection } of clients) connection.opened();
  const answerAll = async () => {
    for (let n = 0; n < 100; n += 1) {
      for (const answer of answers.splice(0)) answer();
      await Promise.resolve();
    }
  };
  return { intake, clients, answerAll };
}

/** A text arrives as a socket's read brings it. */
function arrive({ connection }: ReturnType<typeof fakeConnection>, text: string): void {
  const bytes = Buffer.byteLength(text);
  connection.arrivals.read(bytes);
  connection.arrivals.takeApart(bytes);
  connection.receive(text, bytes);
}

describe('the metric of pauses', () => {
  it('has a value for each pool before the first one', async () => {
    intakePauses.reset();
    new Intake(SIGNED_IN, UNSIGNED);
    const { values } = await intakePauses.get();
    expect(values.map(({ labels, value }) => [labels.pool, value])).toEqual([
      ['unsigned', 0],
      ['signed in', 0],
    ]);
  });
});

describe('what arrives', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('is counted by the memory that it takes: a text beyond Latin-1 takes two bytes for each character', () => {
    const { intake, clients } = crowd(1, { route: () => new Promise(() => undefined) });
    const before = (text: string) => {
      const was = intake.unsigned.bytes;
      arrive(clients[0]!, text);
      return intake.unsigned.bytes - was;
    };
    before('x'); // is being answered
    const empty = before('');
    expect(before('x'.repeat(100))).toBe(empty + 100);
    expect(before(`${'x'.repeat(99)}€`)).toBe(empty + 200);
  });

  it('is counted until it is answered, with its copies, and then not at all', async () => {
    const { intake, clients, answerAll } = crowd(2);
    for (const client of clients) for (const text of ['a', 'b', 'c']) arrive(client, text);
    clients[1]!.connection.signIn(session);
    expect(intake.unsigned.bytes).toBe(intake.signedIn.bytes);
    expect(intake.unsigned.bytes).toBe((3 + COPIES) * 97);
    await answerAll();
    expect([intake.unsigned.bytes, intake.signedIn.bytes]).toEqual([0, 0]);
  });

  it('stops with its own connection alone when much of it waits', () => {
    const { clients } = crowd(2, { queue: { frames: 100, bytes: 1_000 } });
    const [greedy, other] = clients;
    greedy!.connection.signIn(session);
    for (let n = 0; n < 4; n += 1) arrive(greedy!, 'x'.repeat(400));
    expect([greedy!.link.isPaused, other!.link.isPaused]).toEqual([true, false]);
  });

  it('is 8 frames at most before sign-in', () => {
    const { clients } = crowd(1, { queue: { frames: 64, bytes: 1e6 } });
    for (let n = 0; n < 8; n += 1) arrive(clients[0]!, 'x');
    expect(clients[0]!.link.isPaused).toBe(false);
    arrive(clients[0]!, 'x');
    expect(clients[0]!.link.isPaused).toBe(true);
  });

  it('stops for all strangers when their budget is used up, not for users, and goes on when half is free', async () => {
    const { clients, answerAll } = crowd(4, { queue: { frames: 64, bytes: 1e6 } });
    const [user, ...strangers] = clients;
    user!.connection.signIn(session);
    arrive(strangers[0]!, 'x'.repeat(1_700));
    const held = () => clients.map(({ link }) => link.isPaused);
    expect(held()).toEqual([false, true, true, true]);
    await answerAll();
    expect(held()).toEqual([false, false, false, false]);
  });

  it('stops those alone who hold more than an ordinary client while half of a budget is used', async () => {
    const intake = new Intake(150_000, UNSIGNED);
    const { clients, answerAll } = crowd(3, { intake, queue: { frames: 64, bytes: 1e6 } });
    for (const { connection } of clients) connection.signIn(session);
    for (const client of [clients[0]!, clients[0]!, clients[1]!]) arrive(client, 'x'.repeat(17_000));
    for (let n = 0; n < 5; n += 1) arrive(clients[2]!, 'x');
    arrive(clients[0]!, 'x');
    const held = () => clients.map(({ link }) => link.isPaused);
    expect(held()).toEqual([true, true, false]);
    await answerAll();
    expect(held()).toEqual([false, false, false]);
  });

  it('makes those who hold most give way when a full budget does not get free', () => {
    const { clients } = crowd(4, { queue: { frames: 64, bytes: 1e6 } });
    const [large, ...small] = clients;
    // Beginnings of frames: nothing that could be answered.
    large!.connection.arrivals.read(4_200);
    for (const { connection } of small) connection.arrivals.read(300);
    expect(clients.map(({ link }) => link.isPaused)).toEqual([true, true, true, true]);
    jest.advanceTimersByTime(250);
    expect(clients.map(({ link }) => link.closed)).toEqual([4003, undefined, undefined, undefined]);
    large!.connection.gone();
    expect(small.map(({ link }) => link.isPaused)).toEqual([false, false, false]);
  });

  it('is paused for a while when it comes faster than it may, and not lost', async () => {
    const { clients } = crowd(1, { byteRate: { perSecond: 1_000, burst: 1_000 } });
    clients[0]!.connection.signIn(session);
    arrive(clients[0]!, 'x'.repeat(1_500));
    expect(clients[0]!.link.isPaused).toBe(true);
    jest.advanceTimersByTime(501);
    expect(clients[0]!.link.isPaused).toBe(false);
  });

  it('is refused by its rate when it comes, however long it waits', async () => {
    const seen: number[] = [];
    const { clients } = crowd(1, {
      frameRate: { perSecond: 1, burst: 2 },
      route: async (connection) => {
        try {
          connection.checkRate();
          seen.push(0);
        } catch (error) {
          seen.push((error as { retryAfterMs: number }).retryAfterMs);
        }
      },
    });
    for (let n = 0; n < 3; n += 1) arrive(clients[0]!, 'x');
    jest.advanceTimersByTime(2_000);
    for (let n = 0; n < 20; n += 1) await Promise.resolve();
    expect(seen).toEqual([0, 0, expect.any(Number)]);
    expect(seen[2]).toBeGreaterThan(0);
  });
});
