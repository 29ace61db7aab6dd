import { readdir, readFile } from 'node:fs/promises';
import { eventually } from '@parley/testing';
import { CannotRunError, type Check } from './check.js';
import type { Compose } from './compose.js';
import { ROOT } from './program.js';
import type { Prometheus, Target } from './prometheus.js';
import { refused } from './writer.js';

/** The jobs of Prometheus: deploy/prometheus/prometheus.yml. */
const WATCHED = ['auth', 'users', 'channels', 'gateway', 'haproxy'];
/** It discovers containers every 5 s and scrapes every 15 s; the rest is for a slow machine, in ms. */
const SCRAPED_MS = 60_000;
/** The duration of the load test, in ms. */
const SHOWN_MS = 70_000;
/** Rules are evaluated once a minute, in ms. */
const EVALUATED_MS = 120_000;
/** Long enough for rates, which need two scrapes, and for clients that resume after a quarter of it. */
const LOAD = ['--scenario', 'reconnect-storm', '--connections', '100', '--rate', '50', '--duration', '60s'];
const PROMETHEUS_CONFIG = '/etc/prometheus/prometheus.yml';
const DASHBOARDS = `${ROOT}deploy/grafana/dashboards/`;

/** The profile `observability` without Grafana: Prometheus gets the queries directly. */
export const OBSERVABILITY: readonly Check[] = [
  {
    title: 'Prometheus scrapes every container, those that are added too',
    run: async (compose) => {
      if (!(await compose.hasImage('prometheus')))
        throw new CannotRunError('there is no image of Prometheus');
      const prometheus = await compose.prometheus();
      const counts: number[] = [];
      for (const gateways of [3, 5, 3]) {
        await compose.up(gateways);
        counts.push(await allScraped(compose, prometheus));
      }
      return `${counts.join(', then ')} targets are up`;
    },
  },
  {
    title: 'every panel of the dashboards has data while the load test runs',
    run: async (compose) => {
      const prometheus = await compose.prometheus();
      const panels = await queries();
      // A refused sign-in gives the panels of errors data.
      await refused(compose);
      const [report] = await Promise.all([compose.loadTest(...LOAD), allShown(panels, prometheus)]);
      return `${panels.length} queries; ${report}`;
    },
  },
  {
    title: 'every alert can be evaluated, and none fires',
    run: async (compose) => {
      const prometheus = await compose.prometheus();
      const checked = await compose.exec('prometheus', 'promtool', 'check', 'config', PROMETHEUS_CONFIG);
      if (!/SUCCESS: \d+ rules found/.test(checked)) throw new Error(checked);
      const isEvaluated = async () => (await prometheus.rules()).every(({ health }) => health !== 'unknown');
      await eventually(isEvaluated, { timeoutMs: EVALUATED_MS, everyMs: 1_000 });
      const rules = await prometheus.rules();
      // An alert may be pending, because gateways have just gone.
      const wrong = rules.filter(({ health, state }) => health !== 'ok' || state === 'firing');
      if (rules.length === 0 || wrong.length > 0) throw new Error(`alerts: ${JSON.stringify(wrong)}`);
      return `${rules.length} alerts`;
    },
  },
];

interface Query {
  readonly panel: string;
  readonly expression: string;
}

const named = ({ panel, expression }: Query) => `"${panel}" ${expression}`;

/** The queries of all panels, as Grafana sends them. */
async function queries(): Promise<Query[]> {
  const files = await readdir(DASHBOARDS);
  const texts = await Promise.all(files.map((file) => readFile(DASHBOARDS + file, 'utf8')));
  return texts.flatMap((text) =>
    (JSON.parse(text) as Dashboard).panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({ panel: title, expression: expr.replaceAll('$__rate_interval', '1m') })),
    ),
  );
}

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
}

/** Resolves when each query has had data. @throws Error that names those without. */
async function allShown(panels: readonly Query[], prometheus: Prometheus): Promise<void> {
  let empty = panels;
  const ask = async () => {
    const values = await Promise.all(empty.map(({ expression }) => prometheus.query(expression)));
    empty = empty.filter((_, index) => !values[index]!.some(Number.isFinite));
    if (empty.length > 0) throw new Error(`no data: ${empty.map(named).join('; ')}`);
  };
  await eventually(ask, { timeoutMs: SHOWN_MS, everyMs: 2_000 });
}

/** Resolves with the number of targets when exactly the running containers are scraped, without errors. */
async function allScraped(compose: Compose, prometheus: Prometheus): Promise<number> {
  let targets: Target[] = [];
  const all = async () => {
    targets = await prometheus.targets();
    const containers = (await compose.containers()).map(({ service }) => service);
    const wanted = containers.filter((service) => WATCHED.includes(service));
    const found = targets.map(({ service, job }) => service ?? job);
    return targets.every(({ health }) => health === 'up') && `${found.sort()}` === `${wanted.sort()}`;
  };
  await eventually(all, { timeoutMs: SCRAPED_MS, everyMs: 1_000 }).catch(() => {
    throw new Error(`targets: ${JSON.stringify(targets)}`);
  });
  return targets.length;
}
