import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { codeWords, documentedTable } from '../../tools/docs/dist/index.js';
import { faultsOf } from './promql.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const text = (file) => readFileSync(root + file, 'utf8');
const rulesIn = ({ groups }) => groups.flatMap(({ rules }) => rules);

const rules = rulesIn(parse(text('deploy/prometheus/alerts.yml')));
const folder = 'deploy/grafana/dashboards/';
const dashboards = readdirSync(root + folder).map((file) => JSON.parse(text(folder + file)));

/** Rewrites a rule of the Prometheus operator for a Prometheus that watches one chat. */
const forOneChat = ({ expr, ...rule }) => ({
  ...rule,
  expr: expr
    .replaceAll('up{namespace="parley"', 'up{job="services"')
    .replaceAll(/namespace="parley"(, )?/g, '')
    .replaceAll('{}', ''),
});

describe('the alert rules', () => {
  it.each(rules.map(({ alert, expr }) => [alert, expr]))('%s looks at metrics that there are', (_, expr) => {
    expect(faultsOf(expr)).toEqual([]);
  });

  it('are the same for docker compose and for Kubernetes', () => {
    const operated = rulesIn(parse(text('k8s/components/monitoring/alerts.yaml')).spec);
    expect(operated.map(forOneChat)).toEqual(rules);
  });

  it('are explained in docs/operations.md, each', () => {
    const rows = documentedTable('docs/operations.md', 'Alerts and dashboards');
    expect(rows.flatMap(({ alert }) => codeWords(alert))).toEqual(rules.map(({ alert }) => alert));
    for (const row of rows) expect(Object.values(row)).not.toContain('');
  });
});

describe.each(dashboards.map((dashboard) => [dashboard.title, dashboard]))(
  'the dashboard "%s"',
  (_, { panels }) => {
    const plots = panels.filter(({ type }) => type !== 'row');
    // Grafana replaces it with a duration.
    const queries = plots.flatMap(({ title, targets }) =>
      targets.map(({ expr }) => [title, expr.replaceAll('$__rate_interval', '1m')]),
    );

    it.each(queries)('"%s" looks at metrics that there are', (_title, expr) => {
      expect(faultsOf(expr)).toEqual([]);
    });

    it('has panels with numbers and places of their own', () => {
      const distinct = (values) => new Set(values).size;
      expect(distinct(panels.map(({ id }) => id))).toBe(panels.length);
      expect(distinct(panels.map(({ gridPos: { x, y } }) => `${x} ${y}`))).toBe(panels.length);
    });
  },
);

describe('faultsOf', () => {
  it.each([
    ['rate(gateway_frames_sent_total[1m])', 'looks at gateway_frames_sent_total, which is not there'],
    ['rate(rpc_server_requests_total{outcom="failed"}[1m])', expect.stringMatching(/ by outcom, /)],
    ['sum(1)', 'looks at no metric'],
    ['sum by (service (up)', expect.stringContaining('no PromQL')],
  ])('finds what is wrong with %s', (expr, fault) => {
    expect(faultsOf(expr)[0]).toEqual(fault);
  });
});
