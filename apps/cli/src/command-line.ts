import { parseArgs } from 'node:util';
import type { Command, Options } from './command.js';
import { UsageError } from './exit-codes.js';
import { GLOBAL_OPTIONS } from './options.js';

type Values = Readonly<Record<string, string | boolean | undefined>>;

/** What a command line asks for. */
export interface CommandLine {
  /** `undefined`: none is named. */
  readonly command: Command | undefined;
  readonly args: readonly string[];
  readonly values: Values;
}

/** How many arguments a command takes. */
export const arityOf = ({ args }: Command): { readonly least: number; readonly most: number } => ({
  least: args.filter((arg) => !arg.startsWith('[')).length,
  most: args.some((arg) => arg.includes('…')) ? Number.POSITIVE_INFINITY : args.length,
});

/**
 * Reads a command line. Options may stand anywhere; after `--` nothing is one.
 * @throws UsageError.
 */
export function readCommandLine(line: readonly string[], commands: readonly Command[]): CommandLine {
  const { positionals, values } = parsed(line, commands);
  const command = commandIn(positionals, commands);
  if (command === undefined) {
    const [name] = positionals;
    if (name !== undefined && values['help'] !== true)
      throw new UsageError(`there is no command ${JSON.stringify(name)}`);
    return { command, args: positionals, values };
  }
  const args = positionals.slice(command.name.split(' ').length);
  if (values['help'] !== true) check(command, args, values);
  return { command, args, values };
}

/** All options of all commands are known while a line is read: which command it is, only the whole line says. */
function parsed(line: readonly string[], commands: readonly Command[]) {
  const options: Options = Object.assign({}, ...commands.map((command) => command.options), GLOBAL_OPTIONS);
  const types = Object.fromEntries(Object.entries(options).map(([name, { type }]) => [name, { type }]));
  try {
    const { positionals, values } = parseArgs({ args: [...line], options: types, allowPositionals: true });
    return { positionals, values: values as Values };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** An action of a command before the command itself: `contacts add` before `contacts`. */
const commandIn = (words: readonly string[], commands: readonly Command[]): Command | undefined =>
  commands.find(({ name }) => name === words.slice(0, 2).join(' ')) ??
  commands.find(({ name }) => name === words[0]);

function check(command: Command, args: readonly string[], values: Values): void {
  const { name, options = {} } = command;
  const { least, most } = arityOf(command);
  if (args.length < least || args.length > most)
    throw new UsageError(`${name}: expected ${command.args.join(' ') || 'no arguments'}`);
  const foreign = Object.keys(values).find((each) => !(each in options) && !(each in GLOBAL_OPTIONS));
  if (foreign !== undefined) throw new UsageError(`${name} has no option --${foreign}`);
  if (values['json'] === true && command.json === undefined) throw new UsageError(`${name} prints no JSON`);
}
