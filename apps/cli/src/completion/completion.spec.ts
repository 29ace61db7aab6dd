import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { COMMANDS } from '../commands/index.js';
import { bashCompletion } from './bash.js';
import { fishCompletion } from './fish.js';
import { quoted } from './words.js';
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

  /** What a terminal with zsh shows after the tab, up to and with `until`. It waits for that in vain for at most 20 s. */
  const shownByZsh = (line: string, until: string) => {
    const shell = `PROMPT=; autoload -Uz compinit; compinit -D -u; source <(print -r -- "$COMPLETION"); echo re''ady`;
    const script = `
      zmodload zsh/zpty; zpty shell 'TERM=dumb zsh -f -i'; zpty -w shell ${quoted(shell)}
      zpty -r shell out '*ready*'; zpty -w -n shell ${quoted(line)}$'\t'
      zpty -r shell out ${quoted(`*${until}*`)}; print -r -- "$out"; zpty -d shell`;
    const env = { ...process.env, COMPLETION: zshCompletion(COMMANDS) };
    return execFileSync('zsh', ['-f', '-c', script], { encoding: 'utf8', env, timeout: 20_000 });
  };

  itWith('zsh')('of zsh offers commands, actions and options', () => {
    expect(shownByZsh('parley wh', 'whoami')).toContain('parley whoami');
    expect(shownByZsh('parley channels ', 'leave')).toMatch(/create .*invite .*join .*leave/s);
    expect(shownByZsh('parley channels create --to', '--topic')).toContain('parley channels create --topic');
  });

  itWith('fish')('of fish offers commands, actions and options', () => {
    const offeredByFish = (line: string) => {
      const script = `${fishCompletion(COMMANDS)}\ncomplete -C ${quoted(line)}`;
      const out = execFileSync('fish', ['--no-config', '-c', script], { encoding: 'utf8' });
      return out.split('\n').flatMap((row) => row.split('\t')[0] || []);
    };
    expect(offeredByFish('parley wh')).toEqual(['whoami']);
    expect(offeredByFish('parley channels ')).toEqual(['create', 'invite', 'join', 'leave']);
    expect(offeredByFish('parley channels create --to')).toEqual(['--topic']);
    expect(offeredByFish('parley send ada h')).toEqual([]);
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
