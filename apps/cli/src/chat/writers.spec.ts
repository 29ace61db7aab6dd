import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Writer } from './chat-state.js';
import { Writers } from './writers.js';

const ADA = { channelUUID: 'c', userUUID: 'ada', username: 'ada' };

describe('who is writing', () => {
  let now: readonly Writer[];
  let writers: Writers;

  beforeEach(() => {
    jest.useFakeTimers();
    now = [];
    writers = new Writers((all) => {
      now = all;
    });
  });

  afterEach(() => {
    writers.end();
    jest.useRealTimers();
  });

  it('is somebody for five seconds after the last sign of it', () => {
    writers.take(ADA, 'me');
    jest.advanceTimersByTime(4_000);
    writers.take(ADA, 'me');
    jest.advanceTimersByTime(4_000);
    expect(now).toEqual([ADA]);
    jest.advanceTimersByTime(1_000);
    expect(now).toEqual([]);
  });

  it('is nobody whose message has come, and not the reader', () => {
    writers.take(ADA, 'me');
    writers.take({ ...ADA, userUUID: 'me' }, 'me');
    writers.drop('elsewhere', 'ada');
    expect(now).toEqual([ADA]);
    writers.drop('c', 'ada');
    expect(now).toEqual([]);
  });

  it('leaves no timer', () => {
    writers.take(ADA, 'me');
    writers.end();
    expect(jest.getTimerCount()).toBe(0);
  });
});
