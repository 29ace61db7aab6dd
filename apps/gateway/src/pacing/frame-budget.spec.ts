import { describe, expect, it } from '@jest/globals';
import { FrameBudget } from './frame-budget.js';

describe('FrameBudget', () => {
  it('allows as many frames per second as it has, and no more', () => {
    const budget = new FrameBudget(100, 0);
    const allowed = Array.from({ length: 50 }, () => budget.take(10, 0)).filter(Boolean);
    expect(allowed).toHaveLength(10);
    expect(budget.take(10, 99)).toBe(true);
    expect(budget.take(10, 99)).toBe(false);
  });

  it('saves up one second at most', () => {
    const budget = new FrameBudget(10, 0);
    const allowed = Array.from({ length: 50 }, () => budget.take(1, 60_000)).filter(Boolean);
    expect(allowed).toHaveLength(10);
  });

  it('sends a frame to more connections than a second allows, and pays it off', () => {
    const budget = new FrameBudget(10, 0);
    expect(budget.take(50, 0)).toBe(true);
    expect(budget.take(1, 3_900)).toBe(false);
    expect(budget.take(1, 4_100)).toBe(true);
  });
});
