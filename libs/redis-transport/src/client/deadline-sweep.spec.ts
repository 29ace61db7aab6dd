import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DeadlineSweep, type Expiring } from './deadline-sweep.js';

describe('DeadlineSweep', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const setUp = () => {
    const members = new Map<string, Expiring>();
    const expired: string[] = [];
    const sweep = new DeadlineSweep(() => members.values());
    const add = (name: string, inMs: number) => {
      const deadlineAt = performance.now() + inMs;
      members.set(name, {
        deadlineAt,
        expire: () => {
          members.delete(name);
          expired.push(name);
        },
      });
      sweep.watch(deadlineAt);
    };
    return { members, expired, sweep, add };
  };

  it('ends each member at its own deadline, whatever order they were added in', () => {
    const { add, expired } = setUp();
    add('late', 300);
    add('early', 100);
    add('between', 200);
    jest.advanceTimersByTime(99);
    expect(expired).toEqual([]);
    jest.advanceTimersByTime(2);
    expect(expired).toEqual(['early']);
    jest.advanceTimersByTime(250);
    expect(expired).toEqual(['early', 'between', 'late']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('has one timer, however many members there are', () => {
    const { add } = setUp();
    for (let n = 0; n < 1_000; n++) add(String(n), 10_000 + n);
    expect(jest.getTimerCount()).toBe(1);
  });

  it('continues with later members after the earliest has ended on its own', () => {
    const { add, members, expired } = setUp();
    add('first', 100);
    members.delete('first');
    jest.advanceTimersByTime(50);
    add('second', 100);
    jest.advanceTimersByTime(60);
    expect(expired).toEqual([]);
    jest.advanceTimersByTime(60);
    expect(expired).toEqual(['second']);
  });
});
