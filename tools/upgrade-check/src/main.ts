#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { seconds } from '@parley/faults';
import { check, isUnharmed, type Outcome } from './check.js';
import { built, earlierVersion, ROOT } from './earlier-version.js';
import { obstacleTo } from './history.js';
import { ORDERS, type Order } from './replacement.js';

const USAGE = `Replaces the version before by this one and back, in traffic, and accounts for every message.

  npm run upgrade-check -- [options]

  --order <order>   ${Object.keys(ORDERS).join(' or ')}; may be repeated (default both)

Exit code: 0 everything holds, 1 something does not hold or an option is wrong, 2 the version before is not in the history.`;

const OPTIONS = {
  order: { type: 'string', multiple: true },
  help: { type: 'boolean', default: false },
} as const;

const isOrder = (name: string): name is Order => Object.hasOwn(ORDERS, name);

async function main(): Promise<number> {
  const { order = Object.keys(ORDERS), help } = parseArgs({ options: OPTIONS }).values;
  if (help) {
    console.log(USAGE);
    return 0;
  }
  const orders = order.filter(isOrder);
  if (orders.length < order.length) throw new Error(`--order: expected ${Object.keys(ORDERS).join(' or ')}`);
  const version = await earlierVersion();
  const obstacle = await obstacleTo(version.commit, ROOT);
  if (obstacle !== undefined) {
    console.error(`The version before was not run: ${obstacle}`);
    return 2;
  }
  const began = performance.now();
  console.log(`The version before: ${version.commit.slice(0, 7)}, ${version.is}`);
  const folder = await built(version, (line) => console.log(`  ${line}`));
  let passed = 0;
  for (const each of orders) if (await holds(each, folder)) passed += 1;
  const total = seconds(performance.now() - began);
  console.log(`\n${passed} checks passed, ${orders.length - passed} failed in ${total}`);
  return passed === orders.length ? 0 : 1;
}

async function holds(order: Order, folder: string): Promise<boolean> {
  console.log(`\n${order}, and back in reverse`);
  try {
    const outcome = await check(order, folder, (line) => console.log(`  ${line}`));
    const isGood = isUnharmed(outcome.account);
    console.log(`  ${isGood ? '✓' : '✗'} ${told(outcome)}`);
    return isGood;
  } catch (error) {
    console.log(`  ✗ ${error}`);
    return false;
  }
}

function told({ account, reloads, signIns }: Outcome): string {
  const { acknowledged, delivered, lost, doubled, outOfOrder, failed, faults } = account;
  const figures = `${acknowledged} acknowledged, ${delivered} delivered, ${lost} lost, ${doubled} duplicated, ${outOfOrder} out of order, ${failed} failed`;
  return [`${figures}; ${reloads} channels read again, ${signIns} sign-ups and sign-ins`, ...faults].join(
    '\n    ',
  );
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
