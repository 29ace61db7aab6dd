import type { Command } from '../command.js';
import { GLOBAL_OPTIONS } from '../options.js';

/** A word that may follow on a command line. */
export interface Word {
  readonly word: string;
  readonly does: string;
}

/** The first words of all commands. */
export function firstWords(commands: readonly Command[]): Word[] {
  return commands.filter(({ name }) => !name.includes(' ')).map(({ name, does }) => ({ word: name, does }));
}

/** The actions of a command: the second words. */
export function actionsOf(name: string, commands: readonly Command[]): Word[] {
  return commands
    .filter((command) => command.name.startsWith(`${name} `))
    .map((command) => ({ word: command.name.slice(name.length + 1), does: command.does }));
}

/** Every option that the command or one of its actions takes. */
export function optionsOf(name: string, commands: readonly Command[]): Word[] {
  const options = commands
    .filter((command) => command.name === name || command.name.startsWith(`${name} `))
    .map((command) => command.options ?? {});
  const all = Object.assign({}, ...options, GLOBAL_OPTIONS) as typeof GLOBAL_OPTIONS;
  return Object.entries(all).map(([option, { does }]) => ({ word: `--${option}`, does }));
}

/** A text as one word of a shell. */
export const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
