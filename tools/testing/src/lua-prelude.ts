import { luaBody, luaHeader } from './lua-header.js';

/** The Lua files of one folder by name. The loader looks here for the prelude that a script names. */
export type LuaFolder = ReadonlyMap<string, string>;

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
 * What is wrong between the files of a folder: preludes that are named but missing, preludes and names that nobody
 * uses, and locals that hide a prelude's.
 */
export function luaFolderFaults(folder: LuaFolder): string[] {
  const preludes = [...folder].filter(([, source]) => isPrelude(source));
  return [
    ...[...folder].flatMap(([file]) => linkFaults(folder, file)),
    ...preludes.flatMap(([file]) => useFaults(folder, file)),
  ];
}

function linkFaults(folder: LuaFolder, file: string): string[] {
  const source = folder.get(file)!;
  const { prelude } = luaHeader(source);
  if (prelude !== '' && !folder.has(prelude))
    return [`${file} names the prelude ${prelude}, which is not there`];
  if (prelude !== '' && !isPrelude(folder.get(prelude)!))
    return [`${file} names ${prelude}, which is no prelude`];
  const offered = preludesOf(folder, file).flatMap((each) => topLevelLocals(luaBody(folder.get(each)!)));
  return topLevelLocals(luaBody(source))
    .filter((name) => offered.includes(name))
    .map((name) => `${file} hides the ${name} of its prelude`);
}

function useFaults(folder: LuaFolder, prelude: string): string[] {
  const users = [...folder.keys()].filter((file) => preludesOf(folder, file).includes(prelude));
  if (users.length === 0) return [`${prelude} is named by no script`];
  const bodies = users.map((file) => luaBody(folder.get(file)!));
  return luaHeader(folder.get(prelude)!)
    .defines.filter((name) => !bodies.some((body) => new RegExp(`\\b${name}\\b`).test(body)))
    .map((name) => `${prelude} defines ${name}, which no script uses`);
}

/** The preludes that the loader puts before a file, nearest first. */
function preludesOf(folder: LuaFolder, file: string): string[] {
  const { prelude } = luaHeader(folder.get(file) ?? '');
  return folder.has(prelude) ? [prelude, ...preludesOf(folder, prelude)] : [];
}

/** The names that `local function name` and `local a, b = …` give outside of any function. */
const topLevelLocals = (body: string): string[] =>
  [...body.matchAll(/^local (?:function (\w+)|(\w+(?:, *\w+)*))/gm)].flatMap(([, name, names]) =>
    name === undefined ? names!.split(/, */) : [name],
  );
