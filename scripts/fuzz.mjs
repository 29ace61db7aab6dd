// npm run fuzz: installs and builds what is missing or outdated, then sends a chat of its own what no client should send, and
// Redis what no service should write: entries, events and replies of the transport.
import './node-version.mjs';
import { parseArgs } from 'node:util';
import { failuresOf, runJest } from './jest.mjs';
import { build, install, progress } from './workspace.mjs';

await install();
await build();
await import('../tools/endurance/dist/fuzz/main.js');
const { values } = parseArgs({
  options: { frames: { type: 'string' }, only: { type: 'string' }, help: { type: 'boolean' } },
  strict: false,
});
if (process.exitCode !== 2 && values.only !== 'frames' && !values.help) await poison();

async function poison() {
  process.env.POISON_RUNS ??= values.frames ?? '50000';
  const long = ['--testPathIgnorePatterns', '/node_modules/', '--testMatch', '**/poison.check.spec.ts'];
  const { code, report } = await runJest(...long);
  for (const line of failuresOf(report)) progress(line);
  process.exitCode ||= code;
}
