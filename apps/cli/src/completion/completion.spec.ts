import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { COMMANDS } from '../commands/index.js';
import { bashCompletion } from './bash.js';
import { fishCompletion } from './fish.js';
import { zshCompletion } from './zsh.js';

const has = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;
const itWith = (shell: string) => (has(shell) ? it : it.skip);

describe('completion', () => {
  /** What bash offers for the last word of a line. */
  const offered = (...words: string[]) => {
    const line = words.map((word) => `'${word}'`).join(' ');
    const ask = `COMP_WORDS=(parley ${line}); COMP_CWORD=${words.length}; _parley; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const script = `${bashCompletion(COMMANDS)}\n${ask}`;
    return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n');
  };

  itWith('bash')('of bash offers commands, actions and options', () => {
    expect(offered('wh')).toEqual(['whoami']);
    expect(offered('channels', '')).toEqual(['create', 'join', 'leave', 'invite']);
    expect(offered('channels', 'create', '--to')).toEqual(['--topic']);
    expect(offered('history', '--')).toEqual(expect.arrayContaining(['--before', '--after', '--json']));
    expect(offered('send', 'ada', 'h')).toEqual(['']);
  });

  itWith('zsh')('of zsh can be read by it', () => {
    execFileSync('zsh', ['-f', '-n', '-c', zshCompletion(COMMANDS)]);
  });

  itWith('fish')('of fish can be read by it', () => {
    execFileSync('fish', ['--no-execute', '-c', fishCompletion(COMMANDS)]);
  });

  it.each([
    ['zsh', zshCompletion],
    ['fish', fishCompletion],
  ] as const)('of %s has every command, action and option', (_, make) => {
    const script = make(COMMANDS);
    for (const { name, options = {} } of COMMANDS) {
      for (const word of name.split(' ')) expect(script).toContain(word);
      for (const option of Object.keys(options)) expect(script).toContain(option);
    }
  });
});
