import type { Command } from '../command.js';
import { actionsOf, firstWords, optionsOf, quoted } from './words.js';

const line = (condition: string, what: string, does: string): string =>
  `complete -c parley -n ${quoted(condition)} ${what} -d ${quoted(does)}`;

/** A script for fish: `parley completion fish | source`. */
export function fishCompletion(commands: readonly Command[]): string {
  const first = firstWords(commands);
  const lines = first.flatMap(({ word, does }) => {
    const isThis = `__fish_seen_subcommand_from ${word}`;
    const actions = actionsOf(word, commands);
    const isFirstAction = `${isThis}; and not __fish_seen_subcommand_from ${actions.map((each) => each.word).join(' ')}`;
    return [
      line('__fish_use_subcommand', `-a ${word}`, does),
      ...actions.map((action) => line(isFirstAction, `-a ${action.word}`, action.does)),
      ...optionsOf(word, commands).map((option) => line(isThis, `-l ${option.word.slice(2)}`, option.does)),
    ];
  });
  return `complete -c parley -f\n${lines.join('\n')}\n`;
}
