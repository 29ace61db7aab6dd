// npm run fuzz: installs and builds what is missing or outdated, then sends a chat of its own what no client should send, and
// Redis what no service should write: entries, events and replies of the transport.
import './node-version.mjs';
import { parseArgs } from 'node:util';
import { failuresOf, runJest } from './jest.mjs';
import { build, install, progress } from './workspace.mjs';

/** Poisoned entries, and as many replies. */
const DEFAULT_RUNS = 50_000;
const MOST_RUNS = 100_000;

await install();
await build();
await import('../tools/endurance/dist/fuzz/main.js');
const { values } = parseArgs({
  options: { frames: { type: 'string' }, only: { type: 'string' }, help: { type: 'boolean' } },
  strict: false,
});
if (process.exitCode !== 2 && values.only !== 'frames' && !values.help) await poison();

/** As many poisoned entries as frames, but for no longer than minutes. */
async function poison() {
  process.env.POISON_RUNS ??= String(Math.min(Number(values.frames ?? DEFAULT_RUNS), MOST_RUNS));
  const long = ['--testPathIgnorePatterns', '/node_modules/', '--testMatch', '**/poison.check.spec.ts'];
  const { code, report } = await runJest([], ...long);
  for (const line of failuresOf(report)) progress(line);
  process.exitCode ||= code;
}
