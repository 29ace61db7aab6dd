import { describe, expect, it } from '@jest/globals';
import { AppError, decodeRequest } from '@parley/protocol';
import { eventually } from '@parley/testing';
import { Admission } from './admission.js';
import type { Connection } from './connection.js';
import { fakeConnection } from './fixtures/fake-link.js';
import { TWO_TURNS_BYTES } from './output.js';
import { SharedFrames } from './shared-frames.js';

/** A route that ends each frame when the test says so. */
function gate() {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const route = (_: Connection, text: string) =>
    new Promise<void>((resolve) => {
      started.push(text);
      ends.set(text, resolve);
    });
  return { route, started, finish: (text: string) => ends.get(text)?.() };
}

function dueFrames(json: string): SharedFrames {
  const due = new SharedFrames();
  due.add(Buffer.from(json));
  return due;
}

describe('Connection', () => {
  it('handles frames in order, each when the one before is done', async () => {
    const { route, started, finish } = gate();
    const { connection } = fakeConnection({ route });
    for (const text of ['a', 'b', 'c']) connection.receive(text);
    expect(started).toEqual(['a']);
    finish('a');
    await eventually(() => expect(started).toEqual(['a', 'b']));
    finish('b');
    await eventually(() => expect(started).toEqual(['a', 'b', 'c']));
  });

  it('stops reading the socket while too many frames wait, and resumes when half are done', async () => {
    const { route, started, finish } = gate();
    const { connection, link } = fakeConnection({ route, queue: { frames: 4, bytes: 1e6 } });
    for (const text of ['a', 'b', 'c', 'd']) connection.receive(text);
    expect(link.isPaused).toBe(false);
    connection.receive('e');
    expect(link.isPaused).toBe(true);
    finish('a');
    await eventually(() => expect(started).toContain('b'));
    expect(link.isPaused).toBe(true);
    finish('b');
    await eventually(() => expect(link.isPaused).toBe(false));
  });

  it('lets other clients in between many frames of one client', async () => {
    const turns: string[] = [];
    const { connection } = fakeConnection({
      queue: { frames: 100, bytes: 1e6 },
      route: async () => void turns.push('frame'),
    });
    for (let n = 0; n < 40; n += 1) connection.receive('x');
    setImmediate(() => turns.push('other'));
    await eventually(() => expect(turns).toHaveLength(41));
    expect(turns.indexOf('other')).toBeLessThan(40);
  });

  it('runs a task before the frames that wait', async () => {
    const { route, started, finish } = gate();
    const { connection } = fakeConnection({ route });
    connection.receive('a');
    connection.receive('b');
    connection.enqueue(() => void started.push('task'));
    finish('a');
    await eventually(() => expect(started).toEqual(['a', 'task', 'b']));
  });

  it.each([7, 'seven'])('echoes the id %j on answers, and on nothing else', (id) => {
    const { connection, link } = fakeConnection();
    const text = JSON.stringify({ type: 'ping', id });
    connection.begin(decodeRequest(text), text);
    connection.answer({ type: 'pong', pong: {} });
    connection.tell({ type: 'sys', sys: {} });
    expect(link.frames).toEqual([
      { type: 'pong', pong: {}, id },
      { type: 'sys', sys: {} },
    ]);
  });

  it('closes with 1008 after 20 invalid frames in a row, each answered', () => {
    const { connection, link } = fakeConnection();
    for (let n = 0; n < 19; n += 1) connection.fail(new AppError('BAD_JSON'));
    expect(link.closed).toBeUndefined();
    connection.fail(new AppError('INVALID_FIELD'));
    expect(link.frames).toHaveLength(20);
    expect(link.closed).toBe(1008);
  });

  it.each([
    ['a frame that went well', () => undefined],
    ['another error', (connection: Connection) => connection.fail(new AppError('NOT_SIGNED_IN'))],
  ])('restarts the count of invalid frames after %s', async (_, between) => {
    const { connection, link } = fakeConnection();
    const sendInvalid = async () => {
      connection.fail(new AppError('UNKNOWN_TYPE'));
      await connection.finish();
    };
    for (let n = 0; n < 19; n += 1) await sendInvalid();
    between(connection);
    await connection.finish();
    for (let n = 0; n < 19; n += 1) await sendInvalid();
    expect(link.closed).toBeUndefined();
    await sendInvalid();
    expect(link.closed).toBe(1008);
  });

  it('closes with 4008 a client that does not read what waits for it', () => {
    const { connection, link } = fakeConnection({ maxBufferedBytes: 1_000 });
    link.bufferedBytes = 1_000;
    connection.tell({ type: 'pong' });
    expect(link.frames).toHaveLength(1);
    link.bufferedBytes = 1_001;
    connection.write(Buffer.from('../..x'));
    expect(link.closed).toBe(4008);
    expect(link.frames).toHaveLength(1);
    expect(connection.isOpen).toBe(false);
  });

  it('does not count what the last two turns have written as backlog, up to a bound of its own', () => {
    const { connection, link } = fakeConnection({ maxBufferedBytes: 1_000 });
    link.recentBytes = TWO_TURNS_BYTES;
    link.bufferedBytes = 1_000 + TWO_TURNS_BYTES;
    connection.tell({ type: 'pong' });
    expect(link.frames).toHaveLength(1);
    link.recentBytes += 1;
    link.bufferedBytes += 1;
    connection.tell({ type: 'pong' });
    expect(link.closed).toBe(4008);
    expect(link.frames).toHaveLength(1);
  });

  it('still handles what was received before the client went, and then reports the end once', async () => {
    const { route, started, finish } = gate();
    let ends = 0;
    const ended = () => {
      ends += 1;
    };
    const { connection } = fakeConnection({ route, ended });
    connection.receive('a');
    connection.receive('b');
    connection.end();
    connection.end();
    finish('a');
    await eventually(() => expect(started).toEqual(['a', 'b']));
    expect(ends).toBe(0);
    finish('b');
    await eventually(() => expect(ends).toBe(1));
  });

  it('drops the frames that wait when it ends the connection itself', async () => {
    const { route, started, finish } = gate();
    let isEnded = false;
    const ended = () => {
      isEnded = true;
    };
    const { connection } = fakeConnection({ route, ended });
    connection.receive('a');
    connection.receive('b');
    connection.close(4000);
    finish('a');
    await eventually(() => expect(isEnded).toBe(true));
    expect(started).toEqual(['a']);
  });

  it('drains: what was received is answered, nothing more is read, then the client is sent away', async () => {
    const { route, started, finish } = gate();
    const { connection, link } = fakeConnection({ route });
    for (const text of ['a', 'b', 'c', 'd', 'e']) connection.receive(text);
    connection.drain();
    connection.drain();
    connection.receive('f');
    expect(connection.isPaused).toBe(true);
    for (const text of ['a', 'b', 'c', 'd', 'e']) {
      expect(link).toMatchObject({ closed: undefined, isPaused: true });
      await eventually(() => expect(started).toContain(text));
      finish(text);
    }
    await eventually(() => expect(link).toMatchObject({ closed: 4001, isPaused: false }));
    expect(started).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('drains within a bound: a client that is sent away gets no more answers', async () => {
    const { route, started, finish } = gate();
    let isEnded = false;
    const ended = () => {
      isEnded = true;
    };
    const { connection, link } = fakeConnection({ route, ended });
    connection.receive('a');
    connection.receive('b');
    connection.drain();
    connection.goAway();
    expect(link.closed).toBe(4001);
    finish('a');
    await eventually(() => expect(isEnded).toBe(true));
    expect(started).toEqual(['a']);
  });

  it('makes frames of logs wait for a pending answer, and not after it', async () => {
    const { route, finish } = gate();
    const { connection, link } = fakeConnection({ route });
    connection.receive('a');
    connection.expectAnswer();
    connection.writeShared(dueFrames('"one"'), 0);
    expect(link.waiting).toHaveLength(1);
    await connection.finish();
    finish('a');
    connection.writeShared(dueFrames('"two"'), 0);
    expect(link.texts).toEqual(['"one"', '"two"']);
    expect(link.waiting).toHaveLength(1);
  });

  it('counts as one connection of its user, from the claim until it has ended', async () => {
    const admission = new Admission({ maxConnections: 100, perAddress: 0, perUser: 1 });
    const sign = (userUUID: string) => ({
      user: { UUID: userUUID, Username: 'U' },
      userUUID,
      sessionId: 's',
    });
    const [one, two] = [fakeConnection({ admission }).connection, fakeConnection({ admission }).connection];
    one.claim('ann');
    expect(() => two.claim('ann')).toThrow(expect.objectContaining({ name: 'LIMIT_REACHED' }));
    // Signing in fails; the next one may.
    one.dropClaim();
    two.claim('ann');
    two.signIn(sign('ann'));
    two.dropClaim();
    expect(() => one.claim('ann')).toThrow();
    // Another user takes the connection.
    two.claim('bob');
    two.signOut();
    two.signIn(sign('bob'));
    one.claim('ann');
    expect(() => one.claim('bob')).toThrow();
    two.end();
    await eventually(() => expect(() => one.claim('bob')).not.toThrow());
  });

  it('continues after a failed task, and reports it', async () => {
    const faults: unknown[] = [];
    const { connection } = fakeConnection({ fault: (error) => faults.push(error) });
    let isDone = false;
    connection.enqueue(() => Promise.reject(new Error('lost')));
    connection.enqueue(() => {
      isDone = true;
    });
    await eventually(() => expect(isDone).toBe(true));
    expect(faults).toEqual([new Error('lost')]);
  });
});
