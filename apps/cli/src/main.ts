#!/usr/bin/env node
import { EXIT } from './exit-codes.js';
import { runCommand } from './run-command.js';

// The write that fails reports it.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

/**
 * The first signal ends a stream in order, and the full screen, whose terminal has to be as before. The second one ends the process. The
 * handlers stay: Ink ends the process at a signal that nobody else handles.
 */
function interruption(): AbortSignal {
  const over = new AbortController();
  const end = () => {
    if (over.signal.aborted) process.exit(EXIT.error);
    over.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, end);
  return over.signal;
}

const isInteractive = process.stdin.isTTY === true && process.stdout.isTTY === true;
// Ink draws nothing where these are set. Somebody who sits at a terminal wants to see something.
if (isInteractive) for (const name of ['CI', 'CONTINUOUS_INTEGRATION']) process.env[name] = 'false';

process.exitCode = await runCommand(process.argv.slice(2), process.env, {
  input: process.stdin,
  out: (text) =>
    new Promise<void>((resolve, reject) =>
      process.stdout.write(text, (error) => (error ? reject(error) : resolve())),
    ),
  err: (text) => process.stderr.write(text),
  isInteractive,
  interruption,
});
