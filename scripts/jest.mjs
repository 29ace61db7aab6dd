import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { root, run } from './workspace.mjs';

/**
 * Runs Jest with these arguments and shows its output.
 * @returns its exit code, and the report that it wrote.
 */
export async function runJest(...args) {
  const folder = mkdtempSync(join(tmpdir(), 'test-report-'));
  const file = join(folder, 'report.json');
  try {
    const jest = join(root, 'node_modules/.bin/jest');
    const all = ['--config', 'jest.config.mjs', '--json', `--outputFile=${file}`, ...args];
    // Jest loads ES modules through node:vm, which Node marks as experimental.
    const forModules = '--experimental-vm-modules --disable-warning=ExperimentalWarning';
    const env = { NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} ${forModules}`.trim() };
    const code = await run(jest, all, { env });
    return { code, report: JSON.parse(readFileSync(file, 'utf8')) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A file that fails to load counts as one failed test. */
export const countsOf = ({ numPassedTests, numFailedTests, numRuntimeErrorTestSuites }) => ({
  passed: numPassedTests,
  failed: numFailedTests + numRuntimeErrorTestSuites,
});

/** A line for each test that failed, and for each file that failed to load: where it is and what it is called. */
export const failuresOf = ({ testResults }) =>
  testResults.flatMap(({ name, status, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    const titles = failed.map(({ fullName }) => fullName);
    if (failed.length === 0 && status === 'failed') titles.push('does not load');
    return titles.map((title) => `failed: ${relative(root, name)}: ${title}`);
  });

/** The last line of `npm test` and of `npm run check`. */
export const totals = ({ passed, failed }) => `${passed} passed, ${failed} failed`;
