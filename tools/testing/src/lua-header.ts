/** The header of a Lua script or of a prelude. A prelude has `defines` in place of keys, arguments and a result. */
export interface LuaHeader {
  readonly purpose: string;
  /** The file that the loader puts before this one. Empty for none. */
  readonly prelude: string;
  /** The local names that a prelude offers to the scripts that name it. */
  readonly defines: readonly string[];
  readonly keys: readonly LuaParameter[];
  readonly args: readonly LuaParameter[];
  readonly returns: string;
  readonly invariant: string;
}

/** One KEYS or ARGV entry. `list` is set when it stands for this entry and all that follow. */
export interface LuaParameter {
  readonly position: number;
  readonly name: string;
  readonly list: boolean;
  /** Whether the key only says which node of a Cluster runs the script. Its text then begins with "the slot". */
  readonly slotOnly: boolean;
}

/** Reads the comment lines at the start of a file. What is missing is empty. */
export function luaHeader(source: string): LuaHeader {
  const lines = source
    .slice(0, bodyStart(source))
    .split('\n')
    .map((line) => line.replace(/^-- ?/, ''));
  const field = (name: string) =>
    lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? '';
  return {
    purpose: lines.slice(0, lines.indexOf('')).join(' '),
    prelude: field('Prelude'),
    defines: field('Defines').match(/\w+/g) ?? [],
    keys: parameters(lines, 'KEYS'),
    args: parameters(lines, 'ARGV'),
    returns: field('Returns'),
    invariant: field('Invariant'),
  };
}

/** The text after the header. */
export const luaBody = (source: string): string => source.slice(bodyStart(source));

const bodyStart = (source: string): number => source.search(/^(?!--)/m);

function parameters(lines: readonly string[], kind: 'KEYS' | 'ARGV'): LuaParameter[] {
  const entry = new RegExp(`^${kind}\\[(\\d+)(\\.\\.)?\\] (\\w+): (\\S.*)`);
  return lines
    .map((line) => entry.exec(line))
    .filter((match) => match !== null)
    .map(([, position, dots, name, text]) => ({
      position: Number(position),
      name: name!,
      list: dots !== undefined,
      slotOnly: text!.startsWith('the slot'),
    }));
}

/**
 * Where a script's header and body disagree: positions that are not named, named ones that are not used, and locals
 * whose name differs from the header's.
 */
export function luaHeaderFaults(source: string): string[] {
  const header = luaHeader(source);
  const body = luaBody(source);
  const missing = (['purpose', 'returns', 'invariant'] as const).filter((part) => header[part] === '');
  return [
    ...missing.map((part) => `the header has no ${part}`),
    ...parameterFaults('KEYS', header.keys, body),
    ...parameterFaults('ARGV', header.args, body),
  ];
}

function parameterFaults(kind: 'KEYS' | 'ARGV', named: readonly LuaParameter[], body: string): string[] {
  const faults = named.flatMap(({ position }, index) =>
    position === index + 1 ? [] : [`${kind}[${position}] is out of order`],
  );
  const lists = named.filter(({ list }) => list);
  if (lists.length > 1 || (lists.length === 1 && !named.at(-1)!.list))
    faults.push(`${kind}: only the last may be a list`);
  const used = new Set(
    [...body.matchAll(new RegExp(`${kind}\\[(\\d+)\\]`, 'g'))].map(([, position]) => Number(position)),
  );
  const bound = bindings(kind, body);
  for (const { position, name, list, slotOnly } of named) {
    if (!list && !slotOnly && !used.has(position)) faults.push(`${kind}[${position}] ${name} is not used`);
    const local = bound.get(position);
    if (local !== undefined && local !== name)
      faults.push(`${kind}[${position}] is ${name} in the header and ${local} in the body`);
  }
  const last = named.at(-1);
  for (const position of used) {
    if (last === undefined || (position > last.position && !last.list))
      faults.push(`${kind}[${position}] is not in the header`);
  }
  return faults;
}

/** The names that `local a, b = KEYS[1], ARGV[2]` gives to positions of one kind. */
function bindings(kind: 'KEYS' | 'ARGV', body: string): Map<number, string> {
  const bound = new Map<number, string>();
  for (const [, names, values] of body.matchAll(/^local ([\w, ]+) = (.+)$/gm)) {
    const parts = values!.split(/,\s*(?=(?:tonumber\()?(?:KEYS|ARGV)\[)/);
    for (const [index, name] of names!.split(',').entries()) {
      const position = new RegExp(`^(?:tonumber\\()?${kind}\\[(\\d+)\\]\\)?$`).exec(
        parts[index]?.trim() ?? '',
      )?.[1];
      if (position !== undefined) bound.set(Number(position), name.trim());
    }
  }
  return bound;
}
