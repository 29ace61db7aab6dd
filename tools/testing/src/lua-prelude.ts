import { dirname, join } from 'node:path';
import { luaBody, luaHeader } from './lua-header.js';

/** The Lua files of one project by path. A script names its prelude by the path from its own folder. */
export type LuaProject = ReadonlyMap<string, string>;

/** Whether a file is a prelude: its header says what it defines. */
export const isPrelude = (source: string): boolean => luaHeader(source).defines.length > 0;

/**
 * What is wrong in a prelude: header parts that belong to scripts, missing parts of its own, and names that it does
 * not define.
 */
export function luaPreludeFaults(source: string): string[] {
  const { purpose, invariant, defines, keys, args, returns } = luaHeader(source);
  const body = luaBody(source);
  const locals = topLevelLocals(body);
  return [
    ...(purpose === '' ? ['the header has no purpose'] : []),
    ...(invariant === '' ? ['the header has no invariant'] : []),
    ...(keys.length + args.length > 0 || returns !== ''
      ? ['a prelude has no keys, arguments or result']
      : []),
    ...(/\b(?:KEYS|ARGV)\b/.test(body) ? ['a prelude leaves KEYS and ARGV to its scripts'] : []),
    ...(/^return\b/m.test(body) ? ['a prelude that returns ends the script'] : []),
    ...defines.filter((name) => !locals.includes(name)).map((name) => `${name} is not defined`),
  ];
}

/**
 * What is wrong between the files of a project: preludes that are named but missing, preludes and names that nobody
 * uses, and locals that hide a prelude's.
 */
export function luaProjectFaults(project: LuaProject): string[] {
  const preludes = [...project].filter(([, source]) => isPrelude(source));
  return [
    ...[...project].flatMap(([file]) => linkFaults(project, file)),
    ...preludes.flatMap(([file]) => useFaults(project, file)),
  ];
}

function linkFaults(project: LuaProject, file: string): string[] {
  const source = project.get(file)!;
  const { prelude } = luaHeader(source);
  const named = project.get(join(dirname(file), prelude));
  if (prelude !== '' && named === undefined)
    return [`${file} names the prelude ${prelude}, which is not there`];
  if (prelude !== '' && !isPrelude(named!)) return [`${file} names ${prelude}, which is no prelude`];
  const offered = preludesOf(project, file).flatMap((each) => topLevelLocals(luaBody(project.get(each)!)));
  return topLevelLocals(luaBody(source))
    .filter((name) => offered.includes(name))
    .map((name) => `${file} hides the ${name} of its prelude`);
}

function useFaults(project: LuaProject, prelude: string): string[] {
  const users = [...project.keys()].filter((file) => preludesOf(project, file).includes(prelude));
  if (users.length === 0) return [`${prelude} is named by no script`];
  const bodies = users.map((file) => luaBody(project.get(file)!));
  return luaHeader(project.get(prelude)!)
    .defines.filter((name) => !bodies.some((body) => new RegExp(`\\b${name}\\b`).test(body)))
    .map((name) => `${prelude} defines ${name}, which no script uses`);
}

/** The preludes that the loader puts before a file, nearest first. */
function preludesOf(project: LuaProject, file: string): string[] {
  const { prelude } = luaHeader(project.get(file) ?? '');
  const path = join(dirname(file), prelude);
  return prelude !== '' && project.has(path) ? [path, ...preludesOf(project, path)] : [];
}

/** The names that `local function name` and `local a, b = …` give outside of any function. */
const topLevelLocals = (body: string): string[] =>
  [...body.matchAll(/^local (?:function (\w+)|(\w+(?:, *\w+)*))/gm)].flatMap(([, name, names]) =>
    name === undefined ? names!.split(/, */) : [name],
  );
