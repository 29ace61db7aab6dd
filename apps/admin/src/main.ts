#!/usr/bin/env node
import { runCommand } from './run-command.js';

process.exitCode = await runCommand(process.argv.slice(2), process.env, {
  out: (text) => new Promise<void>((resolve) => process.stdout.write(text, () => resolve())),
  err: (text) => process.stderr.write(text),
});
