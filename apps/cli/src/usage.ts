import type { Command, Option, Options } from './command.js';
import { EXIT, EXIT_MEANINGS } from './exit-codes.js';
import { GLOBAL_OPTIONS } from './options.js';

/** A command with its arguments, as it is written. */
export const written = ({ name, args }: Command): string => [name, ...args].join(' ');

/** An option as it is written. */
export const writtenOption = (name: string, { value }: Option): string =>
  `--${name}${value === undefined ? '' : ` ${value}`}`;

const columns = (rows: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`).join('\n');
};

const optionRows = (options: Options) =>
  Object.entries(options).map(([name, option]) => [writtenOption(name, option), option.does] as const);

/** What `parley --help` prints. */
export function usageOf(commands: readonly Command[]): string {
  const exits = Object.entries(EXIT).map(
    ([name, code]) => [String(code), EXIT_MEANINGS[name as keyof typeof EXIT]] as const,
  );
  return `The chat in a terminal. Without a command it opens the full screen.

  parley [COMMAND] [OPTIONS]

Commands
${columns(commands.map((command) => [written(command), command.does]))}

Options of every command
${columns(optionRows(GLOBAL_OPTIONS))}

A CHANNEL is general, #GROUP (in quotes, or written group:GROUP), or the NAME of a user: @general is the user of that name.

Exit codes
${columns(exits)}
`;
}

/** What `parley COMMAND --help` prints. */
export function helpOf(command: Command): string {
  const { options = {}, json } = command;
  const own = Object.keys(options).length === 0 ? '' : `\nOptions\n${columns(optionRows(options))}\n`;
  const printed = json === undefined ? '' : `\nWith --json it prints ${json}.\n`;
  return `parley ${written(command)}: ${command.does}.
${own}
Options of every command
${columns(optionRows(GLOBAL_OPTIONS))}
${printed}`;
}
