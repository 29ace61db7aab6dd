import { describe, expect, it } from '@jest/globals';
import type { Sample } from './sample.js';
import type { SoakResult } from './soak-result.js';
import { comparisonsOf, grownKeys, middleOf } from './verdict.js';

const MEBIBYTE = 1024 * 1024;

const sample = ({ memory = 100, handles = 10, keys = 100, subscriptions = 100 } = {}): Sample => ({
  at: 0,
  processes: {
    'auth-1': { memoryBytes: memory * MEBIBYTE, residentBytes: 0, handles, handleKinds: {}, descriptors: 10 },
    'auth-2': {
      memoryBytes: 100 * MEBIBYTE,
      residentBytes: 0,
      handles: 10,
      handleKinds: {},
      descriptors: 10,
    },
  },
  keys,
  expiring: 0,
  redisBytes: MEBIBYTE,
  events: 0,
  sent: 0,
  keptBytes: 0,
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

describe('some looks at the same thing', () => {
  it('become one, with the middle of each figure', () => {
    const looks = [sample({ handles: 12, keys: 90 }), sample({ keys: 101 }), sample({ memory: 110 })];
    const { processes, keys } = middleOf(looks);
    expect([processes['auth-1']?.handles, processes['auth-1']?.memoryBytes, keys]).toEqual([
      10,
      100 * MEBIBYTE,
      100,
    ]);
  });
});

describe('the kinds of keys that have grown', () => {
  it('are those with more keys, or with more memory than 2 %', () => {
    const before = {
      same: { count: 2, bytes: 100 },
      more: { count: 2, bytes: 100 },
      fat: { count: 2, bytes: 100 },
    };
    const after = {
      same: { count: 2, bytes: 102 },
      more: { count: 3, bytes: 100 },
      fat: { count: 1, bytes: 103 },
    };
    expect(grownKeys(before, after)).toEqual(['more: 2 → 3, 100 → 100 bytes', 'fat: 2 → 1, 100 → 103 bytes']);
  });
});
