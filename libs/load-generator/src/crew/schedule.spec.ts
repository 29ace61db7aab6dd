import { describe, expect, it } from '@jest/globals';
import { dueAt, Schedule } from './schedule.js';

const timetable = { from: 1_000_000, until: 3_000_000, rate: 10, senders: 4 };

const all = (own: readonly number[], over = timetable) => {
  const schedule = new Schedule(over, own);
  const found: { sender: number; due: number }[] = [];
  for (; schedule.due < Number.POSITIVE_INFINITY; schedule.next()) {
    found.push({ sender: schedule.sender, due: schedule.due });
  }
  return found;
};

describe('a schedule', () => {
  it('spreads messages evenly over time and senders', () => {
    const found = all([0, 1, 2, 3]);
    expect(found.map(({ due }) => due)).toEqual(
      Array.from({ length: 20 }, (_, n) => 1_000_000 + n * 100_000),
    );
    expect(found.slice(0, 5).map(({ sender }) => sender)).toEqual([0, 1, 2, 3, 0]);
  });

  it('is the same for all threads together as for one', () => {
    const split = [...all([0, 3]), ...all([1, 2])].sort((one, other) => one.due - other.due);
    expect(split).toEqual(all([0, 1, 2, 3]));
  });

  it('does not depend on when messages were sent', () => {
    const schedule = new Schedule(timetable, [1]);
    for (let round = 0; round < 5; round += 1) {
      expect(schedule.due).toBe(dueAt(timetable, 1, round));
      schedule.next();
    }
  });

  it('has nothing due without a rate or a sender', () => {
    expect(all([0], { ...timetable, rate: 0 })).toEqual([]);
    expect(all([])).toEqual([]);
  });
});
