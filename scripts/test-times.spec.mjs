import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { countsOf, failuresOf, withSecondRun } from './jest.mjs';
import { kindOf } from './test-kinds.mjs';
import { timesOf } from './test-times.mjs';
import { root } from './workspace.mjs';

const file = (name, ms, tests = 1) => ({
  name: join(root, name),
  startTime: 1_000,
  endTime: 1_000 + ms,
  assertionResults: Array.from({ length: tests }, () => ({ status: 'passed' })),
});

describe('the times of a test run', () => {
  it('are added up by kind', () => {
    const testResults = [
      file('apps/auth/src/a.spec.ts', 200),
      file('apps/auth/src/a.int.spec.ts', 1_000, 2),
      file('libs/redis/src/b.int.spec.ts', 1_500, 3),
      file('tools/faults/src/c.e2e.spec.ts', 60_000),
      file('k8s/tests/d.spec.mjs', 100),
      file('scripts/e.spec.mjs', 300),
      file('tools/lint/tests/f.spec.mjs', 400),
      file('apps/auth/src/g.check.spec.ts', 90_000),
    ];
    expect(timesOf({ testResults }).slice(1, 7)).toEqual([
      '    90.0 s  long: 1 tests in 1 files',
      '    60.0 s  end-to-end: 1 tests in 1 files',
      '     2.5 s  integration: 5 tests in 2 files',
      '     0.1 s  deploy and manifests: 1 tests in 1 files',
      '     0.7 s  the tree: 2 tests in 2 files',
      '     0.2 s  unit: 1 tests in 1 files',
    ]);
  });

  it('name the ten slowest files, the slowest first', () => {
    const testResults = Array.from({ length: 12 }, (_, n) => file(`libs/a/src/${n}.spec.ts`, n * 1_000));
    const lines = timesOf({ testResults });
    const slowest = lines.slice(lines.indexOf('the slowest files:') + 1);
    expect(slowest).toHaveLength(10);
    expect(slowest[0]).toBe('    11.0 s  libs/a/src/11.spec.ts');
    expect(slowest[9]).toBe('     2.0 s  libs/a/src/2.spec.ts');
  });
});

describe('the failures of a test run', () => {
  it('are named by file, title and reason, so that the end of a log tells what failed', () => {
    const failing = { ...file('libs/a/src/a.spec.ts', 100), status: 'failed' };
    failing.assertionResults = [
      { status: 'passed', fullName: 'a holds' },
      {
        ...{ status: 'failed', fullName: 'a breaks' },
        failureMessages: [
          'Error: \u001b[2mexpect(\u001b[22mreceived)\n\nReceived: 7\n    at Object.<anonymous> (a.spec.ts:1:2)',
        ],
      },
    ];
    const broken = { ...file('libs/a/src/b.spec.ts', 100, 0), status: 'failed', message: 'No such module' };
    const passing = { ...file('libs/a/src/c.spec.ts', 100), status: 'passed' };
    expect(failuresOf({ testResults: [failing, broken, passing] })).toEqual([
      'failed: libs/a/src/a.spec.ts: a breaks: Error: expect(received) Received: 7',
      'failed: libs/a/src/b.spec.ts: does not load: No such module',
    ]);
  });
});

describe('files that failed and ran again alone', () => {
  const one = (name, status) => ({
    ...file(`libs/a/src/${name}.spec.ts`, 100),
    status,
    assertionResults: [
      { status: 'passed', fullName: 'holds' },
      { status, fullName: 'is quick', failureMessages: ['Too slow'] },
    ],
  });
  const first = { testResults: [one('a', 'failed'), one('b', 'failed'), one('c', 'passed')] };
  const report = withSecondRun(first, { testResults: [one('a', 'passed'), one('b', 'failed')] });

  it('count as they ended alone', () => {
    expect(countsOf(first)).toEqual({ passed: 4, failed: 2 });
    expect(countsOf(report)).toEqual({ passed: 5, failed: 1 });
  });

  it('are named even if they passed then', () => {
    expect(failuresOf(report)).toEqual([
      'failed beside others, passed alone: libs/a/src/a.spec.ts: is quick: Too slow',
      'failed: libs/a/src/b.spec.ts: is quick: Too slow',
    ]);
  });
});

describe('the kinds of test', () => {
  const isOurs = (name) => !/(^|\/)(node_modules|dist|\.[^/]*)(\/|$)/.test(name);
  const specs = readdirSync(root, { recursive: true }).filter(
    (name) => /\.spec\.(ts|mjs)$/.test(name) && isOurs(name),
  );

  it('include every test', () => {
    const without = specs.filter((name) => kindOf(join(root, name)) === undefined);
    expect(specs.length).toBeGreaterThan(100);
    expect(without).toEqual([]);
  });
});
