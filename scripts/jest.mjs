import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { root, run } from './workspace.mjs';

/** So many files that fail, of some 480, are few enough to be the machine's fault. */
const FEW = 8;
/** Of why a test failed, in characters. */
const REASON = 300;

/**
 * Runs the tests whose path matches one of the patterns, or all, and shows Jest's output. If few files fail, they run once
 * more with nothing beside them. What passes then was short of time on a busy machine: the report names it in `passedAlone`.
 * @param options Jest's own.
 * @returns Jest's exit code and report, with the second outcome of the files that ran twice.
 */
export async function runJest(patterns, ...options) {
  // An option that takes several values would swallow all arguments after it, so the patterns come first.
  const first = await jest(...patterns, ...options);
  const failed = first.report.testResults.filter(({ status }) => status === 'failed').map(({ name }) => name);
  if (failed.length === 0 || failed.length > FEW) return first;
  const second = await jest('--runInBand', ...options, '--runTestsByPath', ...failed);
  return { code: second.code, report: withSecondRun(first.report, second.report) };
}

async function jest(...args) {
  const folder = mkdtempSync(join(tmpdir(), 'test-report-'));
  const file = join(folder, 'report.json');
  try {
    const all = ['--config', 'jest.config.mjs', '--json', `--outputFile=${file}`, ...args];
    // Jest loads ES modules through node:vm, which Node marks as experimental.
    const forModules = '--experimental-vm-modules --disable-warning=ExperimentalWarning';
    const env = { NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} ${forModules}`.trim() };
    const code = await run(join(root, 'node_modules/.bin/jest'), all, { env });
    return { code, report: JSON.parse(readFileSync(file, 'utf8')) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Two reports of Jest as one: the outcome of a file that ran twice is the second one. */
export function withSecondRun(first, second) {
  const again = new Map(second.testResults.map((file) => [file.name, file]));
  const mended = first.testResults.filter(({ name }) => again.get(name)?.status === 'passed');
  return {
    testResults: first.testResults.map((file) => again.get(file.name) ?? file),
    passedAlone: failedTests(mended),
  };
}

/** How many tests passed and failed. A file that fails to load counts as one failed test. */
export function countsOf({ testResults }) {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const passed = tests.filter(({ status }) => status === 'passed').length;
  return { passed, failed: failedTests(testResults).length };
}

/** A line for each test that failed or passed only at its second run: where it is, what it is called, and how Jest's message begins. */
export const failuresOf = ({ testResults, passedAlone = [] }) => [
  ...passedAlone.map((test) => `failed beside others, passed alone: ${test}`),
  ...failedTests(testResults).map((test) => `failed: ${test}`),
];

const failedTests = (testResults) =>
  testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    const lines = failed.map(
      ({ fullName, failureMessages }) => `${fullName}: ${reasonOf(failureMessages[0] ?? '')}`,
    );
    if (failed.length === 0 && status === 'failed') lines.push(`does not load: ${reasonOf(message)}`);
    return lines.map((line) => `${relative(root, name)}: ${line}`);
  });

/** What stands before the stack, in one line. */
const reasonOf = (message) => {
  const [said] = stripVTControlCharacters(message).split(/^ +at /m);
  return said.replaceAll(/\s+/g, ' ').trim().slice(0, REASON);
};

/** The last line of `npm test` and of `npm run check`. */
export const totals = ({ passed, failed }) => `${passed} passed, ${failed} failed`;
