import { relative } from 'node:path';
import { KINDS, kindOf } from './test-kinds.mjs';
import { root } from './workspace.mjs';

const SLOWEST = 10;

/**
 * Shows where the time of a Jest run went: by kind of test, and the slowest files. Files run in parallel, so their
 * times add up to more than the run took.
 */
export function timesOf({ testResults }) {
  const files = testResults.map(({ name, startTime, endTime, assertionResults }) => ({
    name: relative(root, name),
    kind: kindOf(name)?.name,
    tests: assertionResults.length,
    ms: endTime - startTime,
  }));
  const kinds = KINDS.map(({ name }) => [name, files.filter(({ kind }) => kind === name)]);
  const slowest = files.toSorted((one, other) => other.ms - one.ms).slice(0, SLOWEST);
  return [
    'time by kind, of all workers together:',
    ...kinds.filter(([, of]) => of.length > 0).map(([name, of]) => kindLine(name, of)),
    'the slowest files:',
    ...slowest.map(({ name, ms }) => `${seconds(ms)}  ${name}`),
  ];
}

function kindLine(name, files) {
  const sum = (count) => files.reduce((total, file) => total + count(file), 0);
  const tests = sum((file) => file.tests);
  return `${seconds(sum(({ ms }) => ms))}  ${name}: ${tests} tests in ${files.length} files`;
}

const seconds = (ms) => `${(ms / 1_000).toFixed(1).padStart(8)} s`;
