import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Deadline } from './deadline.js';

const DAY_MS = 86_400_000;

describe('Deadline', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it.each([1, 1_000, 90 * DAY_MS])('is due once after %d ms', (ms) => {
    const due = jest.fn();
    const deadline = new Deadline(ms, due);
    jest.advanceTimersByTime(ms - 1);
    expect(due).toHaveBeenCalledTimes(0);
    jest.advanceTimersByTime(1);
    jest.advanceTimersByTime(90 * DAY_MS);
    expect(due).toHaveBeenCalledTimes(1);
    deadline.cancel();
  });

  it('is never due once it is cancelled', () => {
    const due = jest.fn();
    const deadline = new Deadline(90 * DAY_MS, due);
    jest.advanceTimersByTime(30 * DAY_MS);
    deadline.cancel();
    jest.advanceTimersByTime(90 * DAY_MS);
    expect(due).not.toHaveBeenCalled();
  });
});
