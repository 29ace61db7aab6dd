import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { decodeHistogram } from '@parley/load-generator';
import { BUSY_FOR, type Fault, FaultyServer, LOSES } from './fixtures/faulty-server.js';
import { EVEN } from './fixtures/sample-report.js';
import { readCommand, type TestOptions } from './options.js';
import { ProgressLine } from './progress.js';
import type { RunReport } from './report.js';
import { runTest } from './run-test.js';
import { brokenBy } from './thresholds.js';

jest.setTimeout(60_000);

const FAULTS = ['cuts', 'forgets', 'repeats', 'loses', 'busy'] as const satisfies readonly Fault[];
const MESSAGES = 250;
const CONNECTIONS = 40;
const DUE = MESSAGES * CONNECTIONS;

interface Found {
  readonly run: RunReport;
  readonly broken: readonly string[];
  /** Messages in the server's log. */
  readonly stored: number;
}

async function loadOn(fault: Fault, file: string, ...more: string[]): Promise<Found> {
  const server = new FaultyServer(fault);
  try {
    const times = ['--ramp', '100ms', '--warmup', '0s', '--duration', '2s'];
    const size = ['--connections', `${CONNECTIONS}`, '--rate', `${MESSAGES / 2}`, '--accounts', '5'];
    const args = ['--url', await server.start(), ...times, ...size, '--accounts-file', file, ...more];
    const options = readCommand(args) as unknown as TestOptions;
    const { runs } = await runTest(options, new ProgressLine({ write: () => {} }));
    return { run: runs[0]!, broken: brokenBy(runs[0]!, options.thresholds), stored: server.stored };
  } finally {
    await server.stop();
  }
}

describe('a load test with --resume', () => {
  let folder: string;
  const found = {} as Record<(typeof FAULTS)[number] | 'without', Found>;

  // At once, because each takes seconds in which little happens.
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'load-test-resume-'));
    await Promise.all([
      ...FAULTS.map(async (fault) => {
        found[fault] = await loadOn(fault, join(folder, fault), '--resume');
      }),
      loadOn('cuts', join(folder, 'without')).then((result) => {
        found.without = result;
      }),
    ]);
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  const returned = { returned: CONNECTIONS, connectionsLost: {}, refused: {} };

  it('comes back to a server that ends every connection, and has every message once', () => {
    const { run, broken, stored } = found.cuts;
    expect(run).toMatchObject({ ...returned, account: EVEN });
    // The message that was stored and not acknowledged, and any that a sender wrote meanwhile.
    expect(run.resent).toBeGreaterThan(0);
    expect(run.total).toEqual({ sent: MESSAGES, acknowledged: MESSAGES, deliveries: DUE });
    expect(decodeHistogram(run.entries).totalCount).toBe(CONNECTIONS);
    expect({ broken, stored }).toEqual({ broken: [], stored: MESSAGES });
  });

  it('counts each reload, and what it skipped', () => {
    const { run, broken } = found.forgets;
    const { skipped } = run.account;
    expect(run).toMatchObject({ ...returned, account: { ...EVEN, reloads: CONNECTIONS, skipped } });
    expect(skipped).toBeGreaterThanOrEqual(CONNECTIONS);
    expect(run.total.deliveries + skipped).toBe(DUE);
    expect(broken).toEqual(['40 had to reload a channel, at most 0 allowed']);
  });

  it('finds each message that a server stores twice', () => {
    const { run, broken, stored } = found.repeats;
    const repeated = stored - MESSAGES;
    expect(repeated).toBeGreaterThan(0);
    expect(run).toMatchObject({ ...returned, account: { ...EVEN, repeated } });
    expect(broken).toEqual([`${repeated} stored twice`]);
  });

  it('finds each acknowledged message that a server loses', () => {
    const { run, broken } = found.loses;
    expect(run).toMatchObject({ returned: 0, account: { ...EVEN, reloads: CONNECTIONS, vanished: LOSES } });
    expect(run.account.examples[0]).toMatch(/^acknowledged, and gone: message \d+ of sender \d+$/);
    expect(broken).toEqual([
      '40 had to reload a channel, at most 0 allowed',
      `${LOSES} acknowledged and gone, at most 0 allowed`,
    ]);
  });

  it('sends again what a server cannot take now', () => {
    const { run, broken } = found.busy;
    // Those that were sent again are posts too.
    expect(run.retried).toEqual({ UNAVAILABLE: Math.floor((MESSAGES + MESSAGES / BUSY_FOR) / BUSY_FOR) });
    expect(run.total).toEqual({ sent: MESSAGES, acknowledged: MESSAGES, deliveries: DUE });
    expect(broken).toEqual([]);
  });

  it('is what brings the connections back', () => {
    const { run, broken } = found.without;
    expect(run.returned).toBe(0);
    expect(broken.at(-1)).toBe('40 requests refused or connections lost, at most 0 allowed');
  });
});
