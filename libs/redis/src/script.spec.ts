import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RedisConnection } from './connection.js';
import { preludeOf, Script, scriptSource } from './script.js';

describe('scriptSource', () => {
  let root: string;
  let folder: string;
  const put = (file: string, ...lines: string[]) =>
    writeFileSync(join(folder, file), `${lines.join('\n')}\n`);
  const read = (file: string) =>
    scriptSource(pathToFileURL(join(root, 'dist', 'app', 'dist', 'lua', 'a.js')).href, file);

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'dist-'));
    folder = join(root, 'dist', 'app', 'src', 'lua');
    mkdirSync(folder, { recursive: true });
    put('a.lua', 'return 1');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it.each(['src', 'dist'])(
    'finds a script beside the source from %s, even below another folder named dist',
    (place) => {
      const wrapper = pathToFileURL(join(root, 'dist', 'app', place, 'lua', 'a.js')).href;
      expect(scriptSource(wrapper, 'a.lua')).toBe('return 1\n');
    },
  );

  it('puts the prelude that the header names before a script, and before that the prelude of the prelude', () => {
    put('script.lua', '-- Counts.', '--', '-- Prelude: upper.lua', '-- Returns: two', 'return two');
    put('upper.lua', '-- Adds.', '--', '-- Prelude: lower.lua', 'local two = one + one');
    put('lower.lua', '-- Begins.', 'local one = 1');
    const texts = ['lower', 'upper', 'script'].map((name) =>
      readFileSync(join(folder, `${name}.lua`), 'utf8'),
    );
    expect(read('script.lua')).toBe(texts.join(''));
  });

  it('rejects a script whose prelude is missing', () => {
    put('script.lua', '-- Prelude: nowhere.lua', 'return 1');
    expect(() => read('script.lua')).toThrow('nowhere.lua');
  });
});

describe('preludeOf', () => {
  it('reads the header only', () => {
    expect(preludeOf('-- Purpose.\n--\n-- Prelude: a.lua\nreturn 1\n')).toBe('a.lua');
    expect(preludeOf('-- Purpose.\nlocal one = 1\n-- Prelude: a.lua\nreturn one\n')).toBeUndefined();
  });
});

describe('Script', () => {
  it('runs the joined text by its SHA-1, and sends it whole when Redis does not know it', async () => {
    const root = mkdtempSync(join(tmpdir(), 'script-'));
    writeFileSync(join(root, 'one.lua'), 'local one = 1\n');
    writeFileSync(join(root, 'script.lua'), '-- Prelude: one.lua\nreturn one\n');
    const script = new Script(pathToFileURL(join(root, 'script.ts')).href, 'script.lua');
    rmSync(root, { recursive: true });
    const joined = 'local one = 1\n-- Prelude: one.lua\nreturn one\n';
    const known = new Set<string>();
    const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');
    const redis = {
      evalsha: async (sha: string, ...rest: unknown[]) => {
        if (!known.has(sha)) throw new Error('NOSCRIPT No matching script.');
        return ['by SHA-1', ...rest];
      },
      eval: async (source: string, ...rest: unknown[]) => {
        known.add(sha1(source));
        return ['whole', ...rest];
      },
    } as unknown as RedisConnection;
    expect(await script.run(redis, ['key'], ['argument'])).toEqual(['whole', 1, 'key', 'argument']);
    expect(await script.run(redis, ['key'], ['argument'])).toEqual(['by SHA-1', 1, 'key', 'argument']);
    expect([...known]).toEqual([sha1(joined)]);
  });
});
