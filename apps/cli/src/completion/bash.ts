import type { Command } from '../command.js';
import { actionsOf, firstWords, optionsOf, type Word } from './words.js';

const list = (words: readonly Word[]): string => words.map(({ word }) => word).join(' ');

/** A script for bash: `source <(parley completion bash)`. */
export function bashCompletion(commands: readonly Command[]): string {
  const cases = firstWords(commands).map(
    ({ word }) =>
      `    ${word}) actions='${list(actionsOf(word, commands))}'; options='${list(optionsOf(word, commands))}' ;;`,
  );
  return `_parley() {
  local word=\${COMP_WORDS[COMP_CWORD]} actions= options=
  case \${COMP_WORDS[1]} in
${cases.join('\n')}
  esac
  if [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W '${list(firstWords(commands))} --help --version' -- "$word"))
  elif [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$word"))
  elif [[ $COMP_CWORD -eq 2 ]]; then
    COMPREPLY=($(compgen -W "$actions" -- "$word"))
  else
    COMPREPLY=()
  fi
}
complete -F _parley parley
`;
}
