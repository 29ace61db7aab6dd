import type { Command } from '../command.js';
import { bashCompletion } from '../completion/bash.js';
import { fishCompletion } from '../completion/fish.js';
import { zshCompletion } from '../completion/zsh.js';
import { UsageError } from '../exit-codes.js';

const SHELLS: Readonly<Record<string, (commands: readonly Command[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** The command that prints what a shell completes command lines by. */
export const COMPLETION_COMMANDS: readonly Command[] = [
  {
    name: 'completion',
    args: ['SHELL'],
    does: 'prints the completion of commands and options for bash, zsh or fish',
    async run({ args, io, commands }) {
      const script = SHELLS[args[0]!];
      if (script === undefined) throw new UsageError('completion: expected bash, zsh or fish');
      await io.out(script(commands));
    },
  },
];
