import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { LAZY_FREE } from '@parley/local-stack';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** What runs or configures something here: documents and tests do not. */
const files = ['', 'apps', 'deploy', 'k8s', 'libs', 'scripts', 'tools']
  .flatMap((folder) => filesOf(folder, folder !== ''))
  .filter((file) => /\.(conf|ya?ml|sh|m?[jt]s)$/.test(file) && !/\.spec\./.test(file));
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

/** The files of a folder, and of those below it, without what is installed or built. */
function filesOf(folder: string, isDeep: boolean): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isFile()) return [path];
    const isOwn = !/^(node_modules|dist|\..*)$/.test(entry.name);
    return isDeep && isOwn && entry.isDirectory() ? filesOf(path, true) : [];
  });
}

/** Each Redis here says whether it saves snapshots, for it has an append-only file or no data to keep. */
const configurations = files.filter((file) => /^save ""|'save ""'|'--save'/m.test(read(file)));
/** Where a server is started without code: the lines that follow name its configuration. */
const commands = files
  .filter((file) => /\.(ya?ml|sh)$/.test(file))
  .flatMap((file) =>
    [...read(file).matchAll(/redis-server\b[^\n]*(?:\n[^\n]*){2}/g)].map(([text]) => ({ file, text })),
  )
  .filter(({ text }) => /redis-server(,| "\$| \/|\n)/.test(text));

describe('a Redis that large keys expire in', () => {
  it('is configured where this looks', () => {
    expect(configurations).toEqual(
      expect.arrayContaining([
        'deploy/redis/redis.conf',
        'k8s/components/redis/redis.conf',
        'tools/local-stack/src/redis-files.ts',
        'tools/testing/src/own-redis.ts',
        'tools/testing/src/shared-redis.ts',
      ]),
    );
    expect(commands.length).toBeGreaterThan(4);
  });

  it.each(configurations)('frees them in a thread of its own, by %s', (file) => {
    const text = read(file);
    if (/LAZY_FREE|lazyFreeArgs/.test(text)) return;
    expect(text.split('\n')).toEqual(expect.arrayContaining([...LAZY_FREE]));
  });

  it.each(commands)('is started with such a configuration, by $file', ({ text }) => {
    expect(text).toMatch(/redis\.conf|--sentinel|sentinel\.conf|\$own/);
  });
});
