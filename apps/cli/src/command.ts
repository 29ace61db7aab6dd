import type { ParseArgsConfig } from 'node:util';
import type { Config } from './config.js';
import type { Io, Printer } from './output/printer.js';

type ParsedOption = NonNullable<ParseArgsConfig['options']>[string];

/** An option of a command. */
export interface Option extends Pick<ParsedOption, 'type'> {
  /** What its value is called in the usage text, such as `URL`. */
  readonly value?: string;
  readonly does: string;
}

/** Options by their names, without `--`. */
export type Options = Readonly<Record<string, Option>>;

/** What a command is called with. */
export interface Call {
  readonly args: readonly string[];
  /** The options that were given. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly config: Config;
  readonly io: Io;
  readonly printer: Printer;
  /** How long the server may take for all of it, in ms. */
  readonly timeoutMs: number;
  /** All commands. */
  readonly commands: readonly Command[];
}

/** A command, or an action of one: `contacts add`. */
export interface Command {
  readonly name: string;
  /** Its arguments as the usage text shows them: `NAME`, `[PREFIX]` for one that may be left out, `TEXT…` for several. */
  readonly args: readonly string[];
  readonly options?: Options;
  /** What it does, in one line of the usage text. */
  readonly does: string;
  /** What it prints with `--json`. `undefined`: the option does not apply. */
  readonly json?: string;
  /** @throws UsageError, NotSignedInError, ChatError what the server refuses. */
  run(call: Call): Promise<void>;
}
