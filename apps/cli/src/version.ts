import { readFileSync } from 'node:fs';

/** The version of this package, which holds this file in a folder of its own. */
export function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
