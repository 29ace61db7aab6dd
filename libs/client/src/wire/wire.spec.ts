import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { settingsOf } from '../options.js';
import type { Socket } from './socket.js';
import { Wire } from './wire.js';

const SILENCE_MS = 1_000;

describe('a connection whose timers come late', () => {
  let now: number;
  let sent: string[];
  let isClosed: boolean;
  let wire: Wire;
  let socket: Socket;

  /** One look at the connection, so long after the one before. */
  const look = (afterMs: number) => {
    now += afterMs;
    jest.advanceTimersToNextTimer();
  };

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['performance'] });
    now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    sent = [];
    isClosed = false;
    socket = {
      send: (text: string) => sent.push(text),
      close: () => {
        isClosed = true;
      },
    } as unknown as Socket;
    wire = new Wire(socket, settingsOf({ urls: ['ws://a'], silenceMs: SILENCE_MS }), () => undefined);
  });

  afterEach(() => {
    wire.close();
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  it('is pinged, not closed, at the first check after a long silence', () => {
    look(3 * SILENCE_MS);
    expect(sent).toEqual(['{"type":"ping"}']);
    look(3 * SILENCE_MS);
    expect(isClosed).toBe(false);
  });

  it('stays open when anything has arrived since the ping', () => {
    look(3 * SILENCE_MS);
    for (let looks = 0; looks < 4; looks += 1) look(SILENCE_MS / 4);
    socket.onmessage?.({ data: '{"type":"pong"}' } as never);
    for (let looks = 0; looks < 5; looks += 1) look(SILENCE_MS / 4);
    expect(isClosed).toBe(false);
  });

  it('is closed once enough checks after the ping have found nothing', async () => {
    look(3 * SILENCE_MS);
    for (let looks = 0; looks < 4; looks += 1) look(SILENCE_MS / 4);
    expect(isClosed).toBe(false);
    look(SILENCE_MS / 4);
    expect(isClosed).toBe(true);
    expect(await wire.ended).toMatchObject({ code: 1006, reason: 'the server is silent' });
  });
});
