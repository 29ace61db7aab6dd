import type { Command } from '../command.js';
import { actionsOf, firstWords, optionsOf, quoted, type Word } from './words.js';

/** In a description of `_describe`, a colon ends the word. */
const described = ({ word, does }: Word): string => quoted(`${word}:${does.replaceAll(':', '')}`);

const list = (words: readonly Word[]): string => words.map(described).join(' ');

/** A script for zsh: a file `_parley` in its `fpath`, or `source <(parley completion zsh)` after `compinit`. */
export function zshCompletion(commands: readonly Command[]): string {
  const cases = firstWords(commands).map(
    ({ word }) =>
      `    ${word}) actions=(${list(actionsOf(word, commands))}); options=(${list(optionsOf(word, commands))}) ;;`,
  );
  return `#compdef parley
_parley() {
  local -a commands actions options
  commands=(${list(firstWords(commands))})
  case \${words[2]} in
${cases.join('\n')}
  esac
  if (( CURRENT == 2 )); then
    _describe 'command' commands
  elif [[ \${words[CURRENT]} == -* ]]; then
    _describe -o 'option' options
  elif (( CURRENT == 3 )); then
    _describe 'action' actions
  fi
}
if [[ \${funcstack[1]} == _parley ]]; then _parley "$@"; else compdef _parley parley; fi
`;
}
