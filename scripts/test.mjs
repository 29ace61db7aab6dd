// npm test: installs and builds what is missing or outdated, lints, and runs every test against a real Redis, except
// those that take minutes (npm run check). npm test -- <pattern>: runs only the tests whose path matches, without
// linting. The last line gives the totals.
import './node-version.mjs';
import { countsOf, failuresOf, runJest, totals } from './jest.mjs';
import { timesOf } from './test-times.mjs';
import { build, install, progress, run, seconds } from './workspace.mjs';

const patterns = process.argv.slice(2);
await install();
const began = Date.now();
const [formCode] = await Promise.all([patterns.length === 0 ? checkForm() : 0, build()]);
if (formCode !== 0) process.exit(formCode);
process.exit(await test());

/** Runs in parallel with the build, which does not use the whole machine. */
async function checkForm() {
  const code = await run('npm', ['run', '--silent', 'lint'], { quiet: true });
  if (code === 0) progress(`  form and boundaries checked in ${seconds(began)}`);
  return code;
}

async function test() {
  const startedAt = Date.now();
  const { code, report } = await runJest(patterns);
  for (const line of timesOf(report)) progress(line);
  progress(`tested in ${seconds(startedAt)}`);
  for (const line of failuresOf(report)) progress(line);
  progress(totals(countsOf(report)));
  return code;
}
