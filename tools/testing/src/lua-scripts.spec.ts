import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { luaHeader, luaHeaderFaults } from './lua-header.js';
import { isPrelude, luaPreludeFaults, luaProjectFaults } from './lua-prelude.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const files = ['apps', 'libs']
  .flatMap((folder) => readdirSync(join(ROOT, folder)).map((project) => join(folder, project, 'src')))
  .filter((folder) => existsSync(join(ROOT, folder)))
  .flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  )
  .filter((file) => file.endsWith('.lua'));

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const preludes = files.filter((file) => isPrelude(read(file)));
const scripts = files.filter((file) => !preludes.includes(file));
const projects = [...new Set(files.map((file) => file.slice(0, file.indexOf('/src/') + '/src'.length)))];
const withPreludes = (file: string): string => {
  const { prelude } = luaHeader(read(file));
  return (prelude === '' ? '' : withPreludes(join(dirname(file), prelude))) + read(file);
};
const camelCase = (name: string) => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

describe('the Lua scripts', () => {
  it('are found', () => {
    expect(scripts.length).toBeGreaterThan(10);
    expect(preludes.length).toBeGreaterThan(0);
  });

  it.each(scripts)('%s does what its header says with its keys and arguments', (file) => {
    expect(luaHeaderFaults(read(file))).toEqual([]);
  });

  it.each(preludes)("%s defines what its header says, and nothing that is a script's", (file) => {
    expect(luaPreludeFaults(read(file))).toEqual([]);
  });

  it.each(projects)(
    '%s holds the preludes that its scripts name, and uses all that they define',
    (project) => {
      const own = files.filter((file) => file.startsWith(`${project}/`));
      expect(luaProjectFaults(new Map(own.map((file) => [file, read(file)])))).toEqual([]);
    },
  );

  it.each(files)('%s is imported with the preludes of its header before it', async (file) => {
    const { default: text } = await import(join(ROOT, file));
    expect(text).toBe(withPreludes(file));
  });

  it.each(scripts)('%s has a wrapper of its name beside it', (file) => {
    const wrapper = read(file.replace(/\.lua$/, '.ts'));
    const name = basename(file, '.lua');
    expect(wrapper).toContain(`import source from './${name}.lua.js';`);
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

const PRELUDE = `-- Counts.
--
-- Defines: increment
-- Invariant: never falls
local one = 1
local function increment(key) return redis.call('INCRBY', key, one) end
`;

describe('luaPreludeFaults', () => {
  it('finds nothing wrong with a prelude that agrees with its header', () => {
    expect(isPrelude(PRELUDE)).toBe(true);
    expect(isPrelude(GOOD)).toBe(false);
    expect(luaPreludeFaults(PRELUDE)).toEqual([]);
  });

  it.each([
    [
      'a name that is not defined',
      PRELUDE.replace('Defines: ', 'Defines: decrement, '),
      'decrement is not defined',
    ],
    ['a missing invariant', PRELUDE.replace('Invariant: never falls', ''), 'the header has no invariant'],
    [
      'a result',
      PRELUDE.replace('Invariant', 'Returns: one\n-- Invariant'),
      'a prelude has no keys, arguments or result',
    ],
    ['a use of KEYS', PRELUDE.replace('= 1', '= KEYS[1]'), 'a prelude leaves KEYS and ARGV to its scripts'],
    ['a return', `${PRELUDE}return 1\n`, 'a prelude that returns ends the script'],
  ])('names %s', (_, source, fault) => {
    expect(luaPreludeFaults(source)).toContain(fault);
  });
});

describe('luaProjectFaults', () => {
  const script = GOOD.replace('-- KEYS[1]', '-- Prelude: count.lua\n-- KEYS[1]').replace(
    "redis.call('INCRBY', counter, step)",
    'increment(counter) + step',
  );
  const faults = (files: Record<string, string>) => luaProjectFaults(new Map(Object.entries(files)));

  it('finds nothing wrong with a script and its prelude', () => {
    expect(faults({ 'count.lua': PRELUDE, 'add.lua': script })).toEqual([]);
  });

  it('counts what only another prelude uses', () => {
    const twice = PRELUDE.replace('-- Defines: increment', '-- Prelude: count.lua\n-- Defines: twice')
      .replace('local one = 1\n', '')
      .replace(/local function.*/, 'local function twice(key) return 2 * increment(key) end');
    const uses = script.replace('count.lua', 'twice.lua').replace('increment(', 'twice(');
    expect(faults({ 'count.lua': PRELUDE, 'twice.lua': twice, 'add.lua': uses })).toEqual([]);
  });

  it('finds a prelude in another folder', () => {
    const named = script.replace('count.lua', '../redis/count.lua');
    expect(faults({ 'redis/count.lua': PRELUDE, 'groups/add.lua': named })).toEqual([]);
  });

  it.each([
    [
      'a prelude that is not there',
      { 'add.lua': script },
      'add.lua names the prelude count.lua, which is not there',
    ],
    [
      'a script that is named as a prelude',
      { 'count.lua': GOOD, 'add.lua': script },
      'add.lua names count.lua, which is no prelude',
    ],
    [
      'a prelude that nobody names',
      { 'count.lua': PRELUDE, 'add.lua': GOOD },
      'count.lua is named by no script',
    ],
    [
      'a definition that nobody uses',
      { 'count.lua': PRELUDE, 'add.lua': script.replace('increment(counter)', '1') },
      'count.lua defines increment, which no script uses',
    ],
    [
      'a local that hides one of the prelude',
      { 'count.lua': PRELUDE, 'add.lua': `${script}local one = 2\n` },
      'add.lua hides the one of its prelude',
    ],
  ])('names %s', (_, folder, fault) => {
    expect(faults(folder)).toContain(fault);
  });
});
