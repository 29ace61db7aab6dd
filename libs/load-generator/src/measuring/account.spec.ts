import { beforeEach, describe, expect, it } from '@jest/globals';
import { Account, emptyTally, type Tally } from './account.js';

describe('the account of a connection', () => {
  let tally: Tally;
  let account: Account;

  beforeEach(() => {
    tally = emptyTally();
    account = new Account(tally, 5, 2);
    account.begin(5, 10);
  });

  const take = (...seqs: number[]) => {
    for (const seq of seqs) account.take(5, seq, seq);
  };
  const newest = (seq: number) => new Map([[5, seq]]);
  const gap = (from: number, to: number) => ({ stream: 5, from, to });

  it('is even when everything came in order', () => {
    account.take(5, 11, 20);
    take(21, 22);
    expect(account.settle(newest(22))).toEqual([]);
    expect(tally).toEqual({ ...emptyTally(), deliveries: 12 });
  });

  it('takes numbers again that a new epoch gives to other messages', () => {
    take(11, 12, 13);
    for (const [stream, after] of [
      [5, 13],
      [6, 1],
    ] as const)
      account.rewind(stream, after);
    expect(tally.reloads).toBe(0);
    account.rewind(5, 11);
    take(12, 13, 14);
    expect(account.settle(newest(14))).toEqual([]);
    expect(tally).toEqual({ ...emptyTally(), deliveries: 6, reloads: 1 });
  });

  it('has not lost what a new epoch does not have', () => {
    take(11, 14, 17);
    account.rewind(5, 15);
    take(16);
    expect(account.settle(newest(16))).toEqual([gap(12, 13), gap(15, 15)]);
  });

  it('counts what a reload skips, and has not lost it', () => {
    take(11);
    account.reload(5, 14);
    take(15);
    expect(account.settle(newest(15))).toEqual([]);
    expect(tally).toEqual({ ...emptyTally(), deliveries: 2, reloads: 1, skipped: 3 });
  });

  it('has lost what was jumped over and never came', () => {
    take(11, 14, 15, 17);
    expect(account.settle(newest(17))).toEqual([gap(12, 13), gap(16, 16)]);
  });

  it('has lost the newest when they never came, to nobody or to others only', () => {
    account.take(5, 11, 12);
    expect(account.settle(newest(15))).toEqual([gap(13, 15)]);
  });

  it('has lost everything of a stream that nothing came of', () => {
    expect(account.settle(newest(12))).toEqual([gap(11, 12)]);
  });

  it('has something out of order, and no loss, when a gap is filled later', () => {
    take(11, 13, 12, 14);
    expect(account.settle(newest(14))).toEqual([]);
    expect(tally).toMatchObject({ disordered: 1, doubled: 0 });
  });

  it('fills a gap from both ends and the middle', () => {
    take(16, 13, 11, 15);
    expect(account.settle(newest(16))).toEqual([gap(12, 12), gap(14, 14)]);
    expect(tally.disordered).toBe(3);
  });

  it('has a double when a number comes again, also one that had come out of order', () => {
    take(11, 12, 12, 11, 14, 13, 13);
    expect(account.settle(newest(14))).toEqual([]);
    expect(tally).toMatchObject({ doubled: 3, disordered: 1 });
  });

  it('judges each number of a run that does not begin where it should', () => {
    account.take(5, 11, 15);
    account.take(5, 14, 18);
    expect(tally).toMatchObject({ deliveries: 10, doubled: 2 });
    expect(account.settle(newest(18))).toEqual([]);
  });

  it('tells a loss once', () => {
    take(12);
    expect(account.settle(newest(13))).toHaveLength(2);
    expect(account.settle(newest(13))).toEqual([]);
    take(14);
    expect(account.settle(newest(14))).toEqual([]);
  });

  it('continues where it was when a connection comes back', () => {
    take(11);
    account.begin(5, 40);
    expect(account.newest(5)).toBe(11);
    take(12);
    expect(account.settle(newest(12))).toEqual([]);
  });

  it('counts what it is not due', () => {
    account.take(6, 1, 3);
    account.take(9, 1, 1);
    expect(tally.strayed).toBe(4);
    expect(account.settle(newest(10))).toEqual([]);
  });
});
