// npm run check: runs what takes minutes, as CI does after npm test: the tests named *.check.spec.*, the upgrade from the
// version before if the history has it, the compose files if a Docker engine can run them, and the audit of npm's packages if
// the registry answers it. npm run check -- <pattern>: runs only the tests whose path matches. The last line gives the totals.
import './node-version.mjs';
import { auditedPackages } from './audited-packages.mjs';
import { composeObstacle, runCompose } from './compose-run.mjs';
import { countsOf, failuresOf, runJest, totals } from './jest.mjs';
import { timesOf } from './test-times.mjs';
import { runTool } from './tool-run.mjs';
import { build, install, progress } from './workspace.mjs';

const patterns = process.argv.slice(2);
await install();
await build();
const { report } = await longTests();
for (const line of timesOf(report)) progress(line);
const counts = [countsOf(report)];
if (patterns.length === 0)
  counts.push(await runTool('upgrade-check'), await composeFiles(), await vulnerabilities());
for (const line of failuresOf(report)) progress(line);
const sum = (of) => counts.reduce((total, each) => total + each[of], 0);
progress(totals({ passed: sum('passed'), failed: sum('failed') }));
process.exitCode = sum('failed') === 0 ? 0 : 1;

function longTests() {
  const all = [
    '--passWithNoTests',
    '--testPathIgnorePatterns',
    '/node_modules/',
    '--testMatch',
    '**/*.check.spec.{ts,mjs}',
  ];
  return runJest(patterns, ...all);
}

async function composeFiles() {
  const obstacle = await composeObstacle();
  if (obstacle === undefined) return runCompose();
  progress(`${obstacle}: the compose files were not run.`);
  return { passed: 0, failed: 0 };
}

async function vulnerabilities() {
  const { lines, failed, isAnswered } = await auditedPackages();
  for (const line of lines) progress(line);
  return { passed: isAnswered && failed === 0 ? 1 : 0, failed };
}
