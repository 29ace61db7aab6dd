import { parseArgs } from 'node:util';
import { AppError } from '@parley/protocol';
import { SettingsError } from '@parley/service-kit';
import { type Command, UsageError } from './command.js';
import { COMMANDS } from './commands/index.js';
import { readAdminSettings } from './config.js';
import { Services } from './services.js';
import { usageOf } from './usage.js';

/** Where the command writes: what was asked for, and what went wrong. */
export interface Output {
  readonly out: (text: string) => unknown;
  readonly err: (text: string) => unknown;
}

/** The codes that the command ends with. */
export const EXIT = { done: 0, refused: 1, wrong: 2, unreachable: 3 } as const;

/** Runs one command line. Never rejects. @returns the exit code. */
export async function runCommand(
  line: readonly string[],
  env: NodeJS.ProcessEnv,
  output: Output,
): Promise<number> {
  const [name, ...rest] = line;
  if (name === undefined || name === 'help' || line.includes('--help')) {
    (name === undefined ? output.err : output.out)(usageOf(COMMANDS));
    return name === undefined ? EXIT.wrong : EXIT.done;
  }
  try {
    const command = COMMANDS.find((each) => each.name === name);
    if (command === undefined) throw new UsageError(`there is no command ${JSON.stringify(name)}`);
    await runOver(command, rest, env, output);
    return EXIT.done;
  } catch (error) {
    return report(error, output);
  }
}

async function runOver(
  command: Command,
  rest: readonly string[],
  env: NodeJS.ProcessEnv,
  { out }: Output,
): Promise<void> {
  const { args, options } = argumentsOf(command, rest);
  const services = new Services(readAdminSettings(env));
  try {
    await command.run({ services, args, options, print: out });
  } finally {
    await services.close();
  }
}

function argumentsOf({ name, args, options = {} }: Command, rest: readonly string[]) {
  const read = () => {
    try {
      return parseArgs({ args: [...rest], options, allowPositionals: true, strict: true });
    } catch (error) {
      throw new UsageError(`${name}: ${(error as Error).message}`);
    }
  };
  const { positionals, values } = read();
  if (positionals.length !== args.length)
    throw new UsageError(`${name}: expected ${args.join(' ') || 'no arguments'}`);
  return { args: positionals, options: values as Record<string, string | boolean | undefined> };
}

function report(error: unknown, { err }: Output): number {
  if (error instanceof UsageError) {
    err(`${error.message}; --help lists the commands\n`);
    return EXIT.wrong;
  }
  if (error instanceof SettingsError) {
    err(`${error.message}\n`);
    return EXIT.wrong;
  }
  if (isOfOutput(error)) {
    // The reader has had enough, as `head` has. What it got is not all.
    if (error.code === 'EPIPE') return EXIT.refused;
    err(`standard output: ${error.message}\n`);
    return EXIT.refused;
  }
  const { name, message, retryable } = error instanceof AppError ? error : new AppError('INTERNAL');
  err(`${name}: ${message}\n`);
  return retryable ? EXIT.unreachable : EXIT.refused;
}

const isOfOutput = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && (error as NodeJS.ErrnoException).syscall === 'write';
