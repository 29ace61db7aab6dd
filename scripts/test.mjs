// npm test: installs and builds what is missing or outdated, checks the code's form, and runs every test against a real Redis.
// npm test -- <pattern>: only the tests whose path matches, without the check of form. The last line gives the totals.
import './node-version.mjs';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, install, progress, root, run } from './workspace.mjs';

const patterns = process.argv.slice(2);
await install();
await build();
if (patterns.length === 0) await lint();
process.exit(await test());

async function lint() {
  progress('checking form and boundaries');
  const code = await run('npm', ['run', '--silent', 'lint']);
  if (code !== 0) process.exit(code);
}

async function test() {
  const folder = mkdtempSync(join(tmpdir(), 'test-report-'));
  const report = join(folder, 'report.json');
  try {
    const jest = join(root, 'node_modules/.bin/jest');
    const args = ['--config', 'jest.config.mjs', '--json', `--outputFile=${report}`, ...patterns];
    // Jest loads ES modules through node:vm, which Node marks as experimental.
    const forModules = '--experimental-vm-modules --disable-warning=ExperimentalWarning';
    const env = { NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} ${forModules}`.trim() };
    const code = await run(jest, args, { env });
    progress(totals(report));
    return code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A file that could not even be loaded counts as one failed test. */
function totals(report) {
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  return `${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed`;
}
