import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { CASES } from './alert-cases.mjs';

const rulesFile = fileURLToPath(new URL('../prometheus/alerts.yml', import.meta.url));
const rules = parse(readFileSync(rulesFile, 'utf8')).groups.flatMap((group) => group.rules);

/** Prometheus's program for tests of rules. Debian has it in the package prometheus. */
const PROMTOOL = process.env.PROMTOOL ?? 'promtool';

function promtool(...args) {
  try {
    execFileSync(PROMTOOL, args, { encoding: 'utf8', stdio: 'pipe' });
    return '';
  } catch ({ message, stdout, stderr }) {
    return `${message}\n${stdout}${stderr}`;
  }
}

const selector = (labels) => {
  const matchers = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return `{${matchers.join(', ')}}`;
};

/** A case as promtool reads it. */
const testOf = ({ alert, name, series, at, labels }) => ({
  name: `${alert}, ${name}`,
  interval: '15s',
  input_series: Object.entries(series).map(([each, values]) => ({ series: each, values })),
  promql_expr_test: [
    {
      expr: `count by (alertname, service, step, reason, pool, severity) (ALERTS{alertname="${alert}", alertstate="firing"})`,
      eval_time: at,
      exp_samples: labels ? [{ labels: selector({ alertname: alert, ...labels }), value: 1 }] : [],
    },
  ],
});

describe('the cases of alerts', () => {
  it('have, of each rule, one that fires and one that does not', () => {
    const names = (of) => [...new Set(of.map(({ alert }) => alert))].sort();
    expect(names(CASES.filter(({ labels }) => labels))).toEqual(names(rules));
    expect(names(CASES.filter(({ labels }) => !labels))).toEqual(names(rules));
  });

  (promtool('--version') === '' ? it : it.skip)(
    'come out so in Prometheus',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'alerts-'));
      try {
        const file = join(folder, 'cases.yml');
        const tests = CASES.map(testOf);
        writeFileSync(file, stringify({ rule_files: [rulesFile], evaluation_interval: '15s', tests }));
        expect(promtool('test', 'rules', file)).toBe('');
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    120_000,
  );
});
