import { describe, expect, it } from '@jest/globals';
import type { Sample } from './sample.js';
import type { SoakResult } from './soak-run.js';
import { comparisonsOf } from './verdict.js';

const MEBIBYTE = 1024 * 1024;

const sample = ({ memory = 100, handles = 10, keys = 100, subscriptions = 100 } = {}): Sample => ({
  at: 0,
  processes: {
    'auth-1': { memoryBytes: memory * MEBIBYTE, residentBytes: 0, handles, descriptors: 10 },
    'auth-2': { memoryBytes: 100 * MEBIBYTE, residentBytes: 0, handles: 10, descriptors: 10 },
  },
  keys,
  expiring: 0,
  redisBytes: MEBIBYTE,
  redisClients: 1,
  subscriptions,
});

const broken = (end: Sample): string[] => {
  const result: SoakResult = {
    hours: 1,
    warm: sample(),
    end,
    samples: [],
    counts: { connections: 0, frames: 0, failures: 0 },
    kills: 0,
    grownKeys: [],
  };
  return comparisonsOf(result)
    .filter(({ holds }) => !holds)
    .map(({ what }) => what);
};

describe('the verdict on a soak', () => {
  it.each([
    ['nothing has changed', sample(), []],
    ['memory has grown by 1 %', sample({ memory: 102 }), []],
    ['memory has grown by 3 %', sample({ memory: 106 }), ['memory of auth']],
    ['memory has shrunk', sample({ memory: 50 }), []],
    ['handles have grown', sample({ handles: 11 }), ['handles of auth']],
    ['keys have grown', sample({ keys: 103 }), ['keys in Redis']],
    ['subscriptions are gone', sample({ subscriptions: 97 }), ['subscriptions']],
  ])('when %s', (_, end, what) => {
    expect(broken(end)).toEqual(what);
  });
});
