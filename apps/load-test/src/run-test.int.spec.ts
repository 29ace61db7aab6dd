import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { decodeHistogram } from '@parley/load-generator';
import { type Fault, FaultyServer } from './fixtures/faulty-server.js';
import { EVEN } from './fixtures/sample-report.js';
import { readCommand, type TestOptions } from './options.js';
import { ProgressLine } from './progress.js';
import { runTest } from './run-test.js';
import { brokenBy } from './thresholds.js';

jest.setTimeout(60_000);

describe('a load test', () => {
  let folder: string;
  let server: FaultyServer | undefined;
  let shown: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'load-test-'));
    shown = '';
  });

  afterEach(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const line = () => new ProgressLine({ write: (text: string) => (shown += text) });

  /** 250 messages to 40 connections: 10,000 deliveries, to the connections of one thread: each takes a second of a core to start. */
  const against = async (fault: Fault, ...more: string[]): Promise<TestOptions> => {
    server = new FaultyServer(fault);
    const url = await server.start();
    const times = ['--ramp', '100ms', '--warmup', '250ms', '--duration', '1s'];
    const size = ['--connections', '40', '--rate', '200', '--threads', '1', '--accounts', '5'];
    const file = ['--accounts-file', join(folder, 'kept', 'accounts.json')];
    return readCommand(['--url', url, ...times, ...size, ...file, ...more]) as unknown as TestOptions;
  };

  const runAgainst = async (fault: Fault, ...more: string[]) => {
    const options = await against(fault, ...more);
    const { runs } = await runTest(options, line());
    expect(runs[0]!.total.sent).toBe(250);
    return { run: runs[0]!, broken: brokenBy(runs[0]!, options.thresholds) };
  };

  it('finds nothing wrong with a server that delivers everything once and in order', async () => {
    const { run, broken } = await runAgainst('none', '--threads', '2');
    expect(run.account).toEqual({ ...EVEN, examples: [] });
    expect(run.total).toEqual({ sent: 250, acknowledged: 250, deliveries: 10_000 });
    expect(broken).toEqual([]);
  });

  it('finds each message that a server drops, one in a thousand, and no other fault', async () => {
    const { run, broken } = await runAgainst('drops', '--threads', '2');
    expect(server!.spoilt).toBe(10);
    expect(run.account).toMatchObject({ ...EVEN, lost: 10 });
    expect(run.account.examples[0]).toMatch(/^connection \d+, stream 0: \d+$/);
    expect(broken).toEqual(['10 lost, at most 0 allowed']);
  });

  it('finds each message that a server doubles, one in a thousand, and no other fault', async () => {
    const { run, broken } = await runAgainst('doubles');
    expect(server!.spoilt).toBe(10);
    expect(run.account).toEqual({ ...EVEN, doubled: 10, examples: [] });
    expect(broken).toEqual(['10 came twice, at most 0 allowed']);
  });

  it('finds each message that a server swaps with the next, one in a thousand, and no other fault', async () => {
    const { run, broken } = await runAgainst('swaps');
    expect(server!.spoilt).toBe(10);
    expect(run.account).toEqual({ ...EVEN, disordered: 10, examples: [] });
    expect(broken).toEqual(['10 came out of order, at most 0 allowed']);
  });

  it('measures the messages that were due in the measured time, and those alone', async () => {
    const { run } = await runAgainst('none', '--rate', '100', '--warmup', '500ms', '--duration', '2s');
    const measured = 200 * 40;
    expect(decodeHistogram(run.latency).totalCount).toBe(measured);
    expect(decodeHistogram(run.sendDelay).totalCount).toBe(250);
    expect(run.perSecond.filter(({ second }) => second >= 0).map(({ second }) => second)).toEqual([0, 1]);
    expect(Math.abs(run.deliveries - measured)).toBeLessThan(measured / 10);
    expect(run.ownCpuMs).toBeGreaterThan(0);
  });

  it('ends early by a signal, and reports what it measured', async () => {
    const options = await against('none', '--duration', '10m');
    const ending = new AbortController();
    const write = (text: string) => text.startsWith('1 of') && ending.abort();
    const { runs } = await runTest(options, new ProgressLine({ write }), ending.signal);
    expect(runs[0]!.seconds).toBeLessThan(30);
    expect(runs[0]!.account).toMatchObject(EVEN);
    expect(runs[0]!.total.acknowledged).toBe(runs[0]!.total.sent);
  });

  it('makes its accounts once and uses them again', async () => {
    const options = await against('none');
    await runTest(options, line());
    expect(server!.signIns).toBe(5);
    await runTest(options, line());
    expect(server!.signIns).toBe(5);
    expect((await stat(options.accountsFile)).mode & 0o077).toBe(0);
    const kept = JSON.parse(await readFile(options.accountsFile, 'utf8')) as Record<string, unknown[]>;
    expect(Object.values(kept)[0]).toHaveLength(5);
  });

  it('raises the rate until a threshold breaks', async () => {
    const options = await against(
      'drops',
      '--find-limit',
      '--max-p99',
      '1m',
      '--max-loss',
      '30',
      '--warmup',
      '0s',
      '--duration',
      '1s',
    );
    const { runs, limit } = await runTest({ ...options, rate: 500 }, line());
    // 500 and 750 messages to 40 connections lose 20 and 30, 1,125 lose 45; then the middle between is tried.
    expect(runs.slice(0, 3).map(({ rate }) => rate)).toEqual([500, 750, 1_125]);
    expect(runs).toHaveLength(6);
    expect(limit).toBe(750);
    expect(shown).toContain('750 messages/s: held');
    expect(shown).toContain('1125 messages/s: 45 lost, at most 30 allowed');
  });

  it('says so when there is no server', async () => {
    const options = await against('none');
    await server!.stop();
    await expect(runTest(options, line())).rejects.toThrow('ECONNREFUSED');
  });
});
