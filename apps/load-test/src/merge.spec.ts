import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { decodeHistogram, percentileMs } from '@parley/load-generator';
import { EVEN, encodedMs, sampleReport, sampleRun } from './fixtures/sample-report.js';
import { merge, readReports } from './merge.js';
import { memoryPerConnection, table } from './table.js';
import { brokenBy } from './thresholds.js';

const quick = Array.from({ length: 99 }, () => 1);
const slow = Array.from({ length: 99 }, () => 50);

describe('the results of two machines', () => {
  const one = sampleReport({ runs: [sampleRun({ latency: encodedMs(quick) })] });
  const account = { ...EVEN, lost: 2, doubled: 1, reloads: 4, vanished: 1, examples: ['x'] };
  const interrupted = { 'gateway:3000: closed with 4001': 2 };
  const other = sampleReport({
    startedAt: '2026-11-26T21:59:59.000Z',
    runs: [
      sampleRun({
        latency: encodedMs(slow),
        account,
        refused: { RATE_LIMITED: 3 },
        interrupted,
        returned: 2,
        resent: 5,
      }),
    ],
  });
  const both = merge([one, other]);
  const [run] = both.runs;

  it('have the percentiles of all deliveries', () => {
    const latency = decodeHistogram(run!.latency);
    expect(latency.totalCount).toBe(198);
    expect(percentileMs(latency, 49)).toBeCloseTo(1, 2);
    expect(percentileMs(latency, 51)).toBeCloseTo(50, 1);
  });

  it('are added up', () => {
    expect(both).toMatchObject({ connections: 20, senders: 2, startedAt: other.startedAt });
    expect(run).toMatchObject({
      rate: 200,
      deliveries: 4_000,
      total: { sent: 440, acknowledged: 440, deliveries: 4_400 },
      account,
      refused: { RATE_LIMITED: 3 },
      interrupted,
      returned: 2,
      resent: 5,
      ownCpuMs: 1_200,
    });
    expect(run!.perSecond.map(({ second, deliveries }) => [second, deliveries])).toEqual([
      [0, 2_000],
      [1, 2_000],
    ]);
  });

  it('have each server that both watched once', () => {
    expect(run!.servers).toHaveLength(1);
    expect(run!.usage.map(({ servers }) => servers.length)).toEqual([1, 1, 1]);
  });

  it('are refused when they are of different tests', () => {
    expect(() => merge([one, { ...other, scenario: 'rooms' }])).toThrow('of different tests');
    expect(() => merge([one, { ...other, runs: [sampleRun({ seconds: 5 })] }])).toThrow(
      'of different lengths',
    );
  });

  it('are refused when they are none', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'merge-')), 'x.json');
    await expect(readReports([file])).rejects.toThrow('x.json: ENOENT');
    writeFileSync(file, '{}');
    await expect(readReports([file])).rejects.toThrow('x.json: not a result of a load test');
  });
});

describe('a threshold', () => {
  const strict = {
    maxLoss: 0,
    maxDoubles: 0,
    maxDisorder: 0,
    maxRefused: 0,
    maxReloads: 0,
    maxVanished: 0,
  };
  const odd = sampleRun({
    account: {
      ...EVEN,
      lost: 1,
      doubled: 2,
      disordered: 3,
      strayed: 4,
      reloads: 7,
      vanished: 8,
      repeated: 9,
      unanswered: 10,
      examples: [],
    },
    refused: { RATE_LIMITED: 5 },
    connectionsLost: { 'closed with 4008': 1 },
  });

  it('is kept by a run without a fault', () => {
    expect(brokenBy(sampleRun(), { ...strict, maxP99Ms: 101 })).toEqual([]);
  });

  it('is told when it is broken', () => {
    expect(brokenBy(odd, { ...strict, maxP99Ms: 50 })).toEqual([
      'p99 is 100.0 ms, at most 50 ms allowed',
      '1 lost, at most 0 allowed',
      '2 came twice, at most 0 allowed',
      '3 came out of order, at most 0 allowed',
      '6 requests refused or connections lost, at most 0 allowed',
      '7 had to reload a channel, at most 0 allowed',
      '8 acknowledged and gone, at most 0 allowed',
      '9 stored twice',
      '10 never acknowledged',
      '4 came from a channel that was not joined',
    ]);
  });

  it('may allow for some', () => {
    const loose = {
      maxLoss: 1,
      maxDoubles: 2,
      maxDisorder: 3,
      maxRefused: 6,
      maxReloads: 7,
      maxVanished: 8,
    };
    expect(brokenBy(odd, loose)).toEqual([
      '9 stored twice',
      '10 never acknowledged',
      '4 came from a channel that was not joined',
    ]);
  });
});

describe('the table', () => {
  it('says what a delivery costs the servers and the generator', () => {
    const text = table(sampleReport());
    expect(text).toMatch(/gateway-1 +50% +500.00 µs +128 MiB +12.0 ms/);
    expect(text).toMatch(/this generator +30% +300.00 µs/);
  });

  it('says what an idle connection costs in memory', () => {
    expect(memoryPerConnection(sampleReport())).toBe(10 * 1_024);
    expect(table(sampleReport({ scenario: 'idle' }))).toContain('memory per connection: 10.0 KiB');
    expect(memoryPerConnection(sampleReport({ serversBefore: [] }))).toBeUndefined();
  });

  it('says which connections came back, and what that cost', () => {
    const run = sampleRun({
      account: { ...EVEN, reloads: 1, skipped: 4, vanished: 2, examples: [] },
      entries: encodedMs([100, 300]),
      returned: 2,
      resent: 3,
      interrupted: { 'gateway: closed with 4001': 2 },
      retried: { UNAVAILABLE: 1 },
    });
    const text = table(sampleReport({ runs: [run] }));
    expect(text).toContain(
      '2 came back (p50 100 ms, max 300 ms), 3 sent again, 1 reloads that skipped 4, 2 acknowledged and gone, 0 stored twice\n' +
        '  2 × gateway: closed with 4001\n  1 × UNAVAILABLE',
    );
    expect(table(sampleReport())).not.toContain('came back');
  });

  it('names the limit that was found', () => {
    expect(table({ ...sampleReport(), limit: 100 })).toContain('limit: 100 messages/s, 1,000 deliveries/s');
    expect(table({ ...sampleReport(), limit: 0 })).toContain('not even the first rate held');
  });
});
