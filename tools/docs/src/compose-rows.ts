import { APPS, settingsOf } from './apps.js';
import { code, type Row } from './table.js';
import { built, textOf } from './workspace.js';

interface EnvironmentFile {
  readonly COMPOSE_FILES: Readonly<Record<string, readonly string[]>>;
  readonly TLS_FILE: string;
  /** What each variable means. */
  readonly VARIABLES: Readonly<Record<string, string>>;
  environmentFile(redis: string): string;
}

/**
 * The variables that only the compose files read, with the defaults that they have there.
 * @throws Error when a variable has no meaning, or a meaning no variable, or two files give it two defaults.
 */
export async function composeRows(): Promise<Row[]> {
  const { COMPOSE_FILES, TLS_FILE, VARIABLES, environmentFile } = await built<EnvironmentFile>(
    'deploy/environment-file.mjs',
  );
  const settings = await Promise.all(APPS.map(settingsOf));
  const secrets = [...environmentFile('single').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name!);
  const known = new Set([...settings.flatMap(Object.keys), ...secrets]);
  const defaults = defaultsIn(new Set([...Object.values(COMPOSE_FILES).flat(), TLS_FILE]), known);
  const unexplained = [...defaults.keys()].find((name) => !(name in VARIABLES));
  if (unexplained) throw new Error(`deploy/environment-file.mjs does not say what ${unexplained} means`);
  return Object.entries(VARIABLES).map(([name, meaning]) => {
    const value = defaults.get(name);
    if (value === undefined) throw new Error(`no compose file reads ${name}`);
    return { variable: code(name), default: code(value), meaning };
  });
}

function defaultsIn(files: ReadonlySet<string>, known: ReadonlySet<string>): Map<string, string> {
  const defaults = new Map<string, string>();
  for (const file of files) {
    for (const [, name, value] of textOf(file).matchAll(/\$\{([A-Z_]+):-([^}]*)\}/g)) {
      if (known.has(name!)) continue;
      const before = defaults.get(name!) ?? value!;
      if (before !== value)
        throw new Error(`${name} is ${before} in one compose file and ${value} in ${file}`);
      defaults.set(name!, value!);
    }
  }
  return defaults;
}
