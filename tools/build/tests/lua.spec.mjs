import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { inlineLua } from '../inline-lua.mjs';
import { withPreludes } from '../lua.mjs';
import { removeLeftovers } from '../remove-leftovers.mjs';

let project;
beforeEach(() => {
  // Below folders of the names that stand for sources and for what is built.
  project = join(mkdtempSync(join(tmpdir(), 'lua-')), 'dist', 'src', 'dist');
  mkdirSync(join(project, 'src', 'redis'), { recursive: true });
});
afterEach(() => rmSync(project, { recursive: true }));

const source = (file) => join(project, 'src', 'redis', file);
const built = (file) => join(project, 'dist', 'redis', file);
const put = (file, ...lines) => writeFileSync(source(file), `${lines.join('\n')}\n`);

describe('withPreludes', () => {
  it('puts the prelude that the header names before a script, and before that the prelude of the prelude', () => {
    put('script.lua', '-- Counts.', '--', '-- Prelude: upper.lua', '-- Returns: two', 'return two');
    put('upper.lua', '-- Adds.', '--', '-- Prelude: lower.lua', 'local two = one + one');
    put('lower.lua', '-- Begins.', 'local one = 1');
    expect(withPreludes(source('script.lua'))).toBe(
      [
        '-- Begins.\nlocal one = 1\n',
        '-- Adds.\n--\n-- Prelude: lower.lua\nlocal two = one + one\n',
        '-- Counts.\n--\n-- Prelude: upper.lua\n-- Returns: two\nreturn two\n',
      ].join(''),
    );
  });

  it('rejects a script whose prelude is missing', () => {
    put('script.lua', '-- Prelude: nowhere.lua', 'return 1');
    expect(() => withPreludes(source('script.lua'))).toThrow('nowhere.lua');
  });

  it('reads the header only', () => {
    put('script.lua', '-- Purpose.', 'local one = 1', '-- Prelude: nowhere.lua', 'return one');
    expect(withPreludes(source('script.lua'))).toContain('return one');
  });
});

describe('inlineLua', () => {
  it('writes each script as a module that needs no other file', async () => {
    put('quote.lua', 'return "a\\n" .. `$KEYS[1]`');
    inlineLua([project]);
    rmSync(join(project, 'src'), { recursive: true });
    const { default: text } = await import(pathToFileURL(built('quote.lua.js')).href);
    expect(text).toBe('return "a\\n" .. `$KEYS[1]`\n');
  });

  it('writes what changed, a prelude included, and touches nothing else', () => {
    put('one.lua', 'local one = 1');
    put('script.lua', '-- Prelude: one.lua', 'return one');
    put('other.lua', 'return 2');
    inlineLua([project]);
    const written = (file) => statSync(built(file), { bigint: true }).ino;
    const before = [written('script.lua.js'), written('other.lua.js')];
    put('one.lua', 'local one = 3');
    inlineLua([project]);
    expect(written('script.lua.js')).not.toBe(before[0]);
    expect(written('other.lua.js')).toBe(before[1]);
  });

  it('removes the module of a script that is gone', () => {
    put('one.lua', 'return 1');
    inlineLua([project]);
    rmSync(source('one.lua'));
    inlineLua([project]);
    expect(existsSync(built('one.lua.js'))).toBe(false);
  });
});

describe('removeLeftovers', () => {
  it('removes what no source makes any more, and nothing else', () => {
    const kept = ['one.js', 'one.js.map', 'one.d.ts', 'two.lua.js', 'notes.txt'];
    const leftovers = ['gone.js', 'gone.js.map', 'gone.d.ts', 'gone.d.ts.map'];
    mkdirSync(join(project, 'dist', 'redis'), { recursive: true });
    writeFileSync(source('one.ts'), '');
    put('two.lua', 'return 2');
    for (const file of [...kept, ...leftovers]) writeFileSync(built(file), '');
    const bundle = join(project, 'dist', 'bundled');
    mkdirSync(bundle, { recursive: true });
    writeFileSync(join(bundle, 'main.js'), '');
    removeLeftovers(project);
    expect(readdirSync(join(project, 'dist', 'redis')).sort()).toEqual(kept.sort());
    expect(readdirSync(bundle)).toEqual(['main.js']);
  });
});
