#!/usr/bin/env node
import { runCommand } from './run-command.js';

// The write that fails reports it.
process.stdout.on('error', () => undefined);

process.exitCode = await runCommand(process.argv.slice(2), process.env, {
  out: (text) =>
    new Promise<void>((resolve, reject) =>
      process.stdout.write(text, (error) => (error ? reject(error) : resolve())),
    ),
  err: (text) => process.stderr.write(text),
});
