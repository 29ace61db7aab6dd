import { ChatError } from '@parley/client';
import type { Command } from './command.js';
import { readCommandLine } from './command-line.js';
import { COMMANDS } from './commands/index.js';
import { readConfig } from './config.js';
import { EXIT, exitCodeOf, UsageError } from './exit-codes.js';
import { timeoutMs } from './numbers.js';
import { plainLine, safeJson } from './output/plain-text.js';
import { type Io, Printer } from './output/printer.js';
import { helpOf, usageOf } from './usage.js';
import { version } from './version.js';

/** Runs one command line. Never rejects. @returns the exit code. */
export async function runCommand(line: readonly string[], env: NodeJS.ProcessEnv, io: Io): Promise<number> {
  try {
    return await runLine(line, env, io);
  } catch (error) {
    report(error, line.includes('--json'), io);
    return exitCodeOf(error);
  }
}

async function runLine(line: readonly string[], env: NodeJS.ProcessEnv, io: Io): Promise<number> {
  const asked = line[0] === 'help' ? [...line.slice(1), '--help'] : line;
  const { command: named, args, values } = readCommandLine(asked, COMMANDS);
  if (values['version'] === true) {
    await io.out(`${version()}\n`);
    return EXIT.done;
  }
  if (values['help'] === true) {
    await io.out(named === undefined ? usageOf(COMMANDS) : helpOf(named));
    return EXIT.done;
  }
  const command = named ?? fullScreen(io);
  if (command === undefined) {
    io.err(usageOf(COMMANDS));
    return EXIT.usage;
  }
  const printer = new Printer(io, values['json'] === true);
  const given = { args, options: values, config: readConfig(env), timeoutMs: timeoutMs(values['timeout']) };
  await command.run({ ...given, io, printer, commands: COMMANDS });
  return EXIT.done;
}

/** What runs without a command, if somebody sits there. */
const fullScreen = ({ isInteractive }: Io): Command | undefined =>
  isInteractive ? COMMANDS.find(({ name }) => name === 'chat') : undefined;

const isBrokenPipe = (error: unknown): boolean => (error as NodeJS.ErrnoException | null)?.code === 'EPIPE';

/** Says why a command failed, on standard error: to scripts as JSON. */
function report(error: unknown, isJson: boolean, { err }: Io): void {
  // The reader has had enough, as `head` has. Nobody needs to be told.
  if (isBrokenPipe(error)) return;
  const { name, message, retryable } = described(error);
  if (isJson) err(`${safeJson({ error: { name, message, retryable } })}\n`);
  else err(`parley: ${plainLine(message)}${error instanceof UsageError ? '; --help explains it' : ''}\n`);
}

function described(error: unknown): { name: string; message: string; retryable: boolean } {
  if (error instanceof ChatError) return error;
  const code = exitCodeOf(error);
  const name = code === EXIT.usage ? 'USAGE' : code === EXIT.notSignedIn ? 'NOT_SIGNED_IN' : 'ERROR';
  return { name, message: error instanceof Error ? error.message : String(error), retryable: false };
}
