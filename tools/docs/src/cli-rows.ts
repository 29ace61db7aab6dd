import { code, type Row } from './table.js';
import { built } from './workspace.js';

const FOLDER = 'apps/cli/dist';

/** What the terminal client says of a command. */
interface CliCommand {
  readonly name: string;
  readonly args: readonly string[];
  readonly options?: Readonly<Record<string, { readonly value?: string }>>;
  readonly does: string;
  readonly json?: string;
}

/** Every command of the terminal client, with its own options and what it prints for scripts. */
export async function cliCommandRows(): Promise<Row[]> {
  const { COMMANDS } = await built<{ COMMANDS: readonly CliCommand[] }>(`${FOLDER}/commands/index.js`);
  return COMMANDS.map(({ name, args, options = {}, does, json }) => ({
    command: code([name, ...args].join(' ')),
    options: Object.entries(options)
      .map(([option, { value }]) => code(`--${option}${value === undefined ? '' : ` ${value}`}`))
      .join(', '),
    'what it does': does,
    'with `--json`': json ?? '',
  }));
}

/** The keys of the full screen, and what is written there in place of a message. */
export async function cliKeyRows(): Promise<Row[]> {
  type Table = readonly (readonly [string, string])[];
  const { KEYS, WRITTEN } = await built<{ KEYS: Table; WRITTEN: Table }>(`${FOLDER}/chat/keys.js`);
  const row = ([key, does]: readonly [string, string]): Row => ({ key, 'what it does': does });
  return [...KEYS.map(row), ...WRITTEN.map(([command, does]) => row([code(command), does]))];
}

/** The exit codes of the terminal client. */
export async function cliExitRows(): Promise<Row[]> {
  const { EXIT, EXIT_MEANINGS } = await built<{
    EXIT: Readonly<Record<string, number>>;
    EXIT_MEANINGS: Readonly<Record<string, string>>;
  }>(`${FOLDER}/exit-codes.js`);
  return Object.entries(EXIT).map(([name, value]) => ({
    code: String(value),
    meaning: EXIT_MEANINGS[name]!,
  }));
}
