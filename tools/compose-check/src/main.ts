#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { seconds } from '@parley/faults';
import { CannotRunError, type Check } from './check.js';
import { CHECKS } from './checks.js';
import { Compose, type ComposeOptions, NoEngineError, TOPOLOGIES, type Topology } from './compose.js';
import { againWithCertificates, CERTIFICATES, ENCRYPTED } from './encrypted.js';
import { OBSERVABILITY } from './observability.js';
import { upkeepOf } from './upkeep.js';

const USAGE = `Runs the compose files as a separate project, and breaks it in traffic.

  npm run compose-check -- [options]

  --redis <topology>   ${TOPOLOGIES.join(', ')}; may be repeated (default single)
  --tls                with deploy/compose/tls.yml, and certificates of an authority of its own
  --observability      also checks Prometheus: targets, alerts, and the dashboards' queries under the load test
  --upkeep             also checks the tasks of docs/operations.md: back up, restore, rotate, upgrade

Exit code: 0 everything holds, 1 something does not hold or an option is wrong, 2 there is no Docker engine.`;

const OPTIONS = {
  redis: { type: 'string', multiple: true },
  tls: { type: 'boolean', default: false },
  observability: { type: 'boolean', default: false },
  upkeep: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

const isTopology = (name: string): name is Topology => TOPOLOGIES.some((each) => each === name);

async function main(): Promise<number> {
  const { redis = ['single'], tls, observability, upkeep, help } = parseArgs({ options: OPTIONS }).values;
  if (help) {
    console.log(USAGE);
    return 0;
  }
  const topologies = redis.filter(isTopology);
  if (topologies.length < redis.length) throw new Error(`--redis: expected ${TOPOLOGIES.join(', ')}`);
  const certificates = process.env[CERTIFICATES];
  if (tls && certificates === undefined) return againWithCertificates();
  const began = performance.now();
  const totals = { passed: 0, failed: 0 };
  for (const topology of topologies) {
    const more = [
      ...(tls ? [ENCRYPTED] : []),
      ...(observability ? OBSERVABILITY : []),
      ...(upkeep ? upkeepOf(topology) : []),
    ];
    const options = { topology, certificates: tls ? certificates : undefined };
    const { passed, failed } = await check(options, [...CHECKS[topology], ...more]);
    totals.passed += passed;
    totals.failed += failed;
  }
  console.log(`\n${totals.passed} checks passed, ${totals.failed} failed in ${since(began)}`);
  return totals.failed === 0 ? 0 : 1;
}

/** Runs all checks of one topology, up to the first that fails: the state after it is unknown. */
async function check(
  options: ComposeOptions,
  checks: readonly Check[],
): Promise<{ passed: number; failed: number }> {
  console.log(`\nRedis: ${options.topology}${options.certificates === undefined ? '' : ', TLS'}`);
  const building = performance.now();
  const compose = await Compose.prepare(options);
  const forget = removeOnSignal(compose);
  console.log(`  the image is built (${since(building)})`);
  let passed = 0;
  try {
    for (const { title, run } of checks) {
      const began = performance.now();
      try {
        console.log(`  ✓ ${title}: ${await run(compose)} (${since(began)})`);
        passed += 1;
      } catch (error) {
        if (error instanceof CannotRunError) {
          console.log(`  – ${title}: not run, ${error.message}`);
          continue;
        }
        console.log(`  ✗ ${title} (${since(began)})\n${error}\n${await compose.logs()}`);
        return { passed, failed: checks.length - passed };
      }
    }
    return { passed, failed: 0 };
  } finally {
    forget();
    await compose.remove();
  }
}

/** Removes the containers when a signal ends this process. @returns a function that undoes this. */
function removeOnSignal(compose: Compose): () => void {
  const end = () => void compose.remove().finally(() => process.exit(1));
  for (const signal of SIGNALS) process.once(signal, end);
  return () => {
    for (const signal of SIGNALS) process.off(signal, end);
  };
}

const since = (began: number) => seconds(performance.now() - began);

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof NoEngineError ? `The compose files were not run: ${error.message}` : error);
  process.exitCode = error instanceof NoEngineError ? 2 : 1;
}
