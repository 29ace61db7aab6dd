import { describe, expect, it } from '@jest/globals';
import { figuresOf, MOMENTS, pointsOf, since } from './figures.js';
import type { Replica } from './operator-api.js';

const replica: Replica = {
  ...{ service: 'auth', id: 'a', version: '1.0.0', host: 'h', startedAt: '', at: '', memoryBytes: 1, cpu: 0 },
  ...{ failing: [], setAside: 2, queueDepth: 0 },
};
const gateway = {
  ...{ connections: 3, unsigned: 0, logs: 1, postedPerSecond: 2, deliveredPerSecond: 6 },
  ...{ bufferedBytes: 0, slowClients: 1 },
};

describe('the figures of the chat', () => {
  it('are the sums over all replicas, and the slowest lag', () => {
    const replicas = [
      replica,
      { ...replica, setAside: 0, gateway: { ...gateway, fanOutLagMs: 4 } },
      { ...replica, setAside: 0, gateway: { ...gateway, fanOutLagMs: 9 } },
    ];
    expect(figuresOf({ at: '', channels: [], replicas })).toEqual({
      ...{ connections: 6, posted: 4, delivered: 12, lagMs: 9, slowClients: 2, setAside: 2 },
    });
  });

  it('have no lag where nothing was delivered', () => {
    expect(figuresOf({ at: '', channels: [], replicas: [replica] }).lagMs).toBeUndefined();
  });
});

describe('a plot', () => {
  const box = { width: MOMENTS - 1, height: 12 };

  it('ends at the right with the newest value, and leaves gaps out', () => {
    expect(pointsOf([10, undefined, 5], box)).toBe(`${MOMENTS - 3}.0,1.0 ${MOMENTS - 1}.0,6.0`);
  });

  it('of nothing has no point', () => {
    expect(pointsOf([], box)).toBe('');
  });
});

describe('how long ago', () => {
  it.each([
    ['2026-01-01T00:00:00Z', '2 d'],
    ['2026-01-02T23:00:00Z', '1 h'],
    ['2026-01-02T23:58:59Z', '1 min'],
    ['2026-01-03T00:00:05Z', '0 s'],
  ])('%s was is said in one unit', (time, text) => {
    expect(since(time, '2026-01-03T00:00:00Z')).toBe(text);
  });
});
