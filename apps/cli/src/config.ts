import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** What the environment says. */
export interface Config {
  /** Where the credentials are kept: `parley` in the user's configuration folder. */
  readonly folder: string;
  /** The server to talk to, if the environment names one. */
  readonly server: string | undefined;
}

/**
 * Reads the environment: `PARLEY_SERVER`, and `XDG_CONFIG_HOME`, which counts only as an absolute path (XDG Base Directory
 * Specification).
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const given = env['XDG_CONFIG_HOME'];
  const base = given !== undefined && isAbsolute(given) ? given : join(homedir(), '.config');
  return { folder: join(base, 'parley'), server: env['PARLEY_SERVER'] || undefined };
}
