import type { ParseArgsConfig } from 'node:util';
import type { Services } from './services.js';

/** What a command is called with. */
export interface Call {
  readonly services: Services;
  /** One for each of the command's `args`. */
  readonly args: readonly string[];
  /** The options that were given. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  /** Writes text to standard output. Resolves when that has taken it, so that nothing piles up here. */
  readonly print: (text: string) => unknown;
}

/** One command of an operator. */
export interface Command {
  readonly name: string;
  /** Its arguments as the usage text shows them, such as NAME. All are required. */
  readonly args: readonly string[];
  /** Its options, in the form of `parseArgs` of Node.js. */
  readonly options?: NonNullable<ParseArgsConfig['options']>;
  /** What it does, in one line of the usage text. */
  readonly does: string;
  /** @throws AppError what the service refuses, or UsageError. */
  run(call: Call): Promise<void>;
}

/** What the command line asks for wrongly. */
export class UsageError extends Error {}
