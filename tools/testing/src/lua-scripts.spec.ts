import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { luaHeaderFaults } from './lua-header.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const scripts = ['apps', 'libs']
  .flatMap((folder) => readdirSync(join(ROOT, folder)).map((project) => join(folder, project, 'src')))
  .filter((folder) => existsSync(join(ROOT, folder)))
  .flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  )
  .filter((file) => file.endsWith('.lua'));

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const camelCase = (name: string) => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

describe('the Lua scripts', () => {
  it('are found', () => {
    expect(scripts.length).toBeGreaterThan(10);
  });

  it.each(scripts)('%s does what its header says with its keys and arguments', (file) => {
    expect(luaHeaderFaults(read(file))).toEqual([]);
  });

  it.each(scripts)('%s has a wrapper of its name beside it', (file) => {
    const wrapper = read(file.replace(/\.lua$/, '.ts'));
    const name = basename(file, '.lua');
    expect(wrapper).toContain(`'${name}.lua'`);
    expect(wrapper).toMatch(new RegExp(`export (async )?function ${camelCase(name)}\\b`));
  });
});

const GOOD = `-- Adds one.
--
-- KEYS[1] counter: what is counted
-- ARGV[1] step: how much
-- ARGV[2..] names: who
-- Returns: the sum
-- Invariant: never falls
local counter, step = KEYS[1], tonumber(ARGV[1])
return redis.call('INCRBY', counter, step)
`;

describe('luaHeaderFaults', () => {
  it('finds nothing wrong with a script that agrees with its header', () => {
    expect(luaHeaderFaults(GOOD)).toEqual([]);
  });

  it.each([
    [
      'another local name',
      GOOD.replace('local counter', 'local total'),
      'KEYS[1] is counter in the header and total in the body',
    ],
    ['an unused argument', GOOD.replace('tonumber(ARGV[1])', '1'), 'ARGV[1] step is not used'],
    ['an unnamed key', `${GOOD}redis.call('GET', KEYS[2])`, 'KEYS[2] is not in the header'],
    ['positions out of order', GOOD.replace('ARGV[1] step', 'ARGV[3] step'), 'ARGV[3] is out of order'],
    ['a missing invariant', GOOD.replace('Invariant: never falls', ''), 'the header has no invariant'],
  ])('names %s', (_, source, fault) => {
    expect(luaHeaderFaults(source)).toContain(fault);
  });
});
