import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { scriptSource } from './script.js';

describe('scriptSource', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'dist-'));
    mkdirSync(join(root, 'dist', 'app', 'src', 'lua'), { recursive: true });
    writeFileSync(join(root, 'dist', 'app', 'src', 'lua', 'a.lua'), 'return 1');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it.each(['src', 'dist'])(
    'finds a script beside the source from %s, even below another folder named dist',
    (folder) => {
      const wrapper = pathToFileURL(join(root, 'dist', 'app', folder, 'lua', 'a.js')).href;
      expect(scriptSource(wrapper, 'a.lua')).toBe('return 1');
    },
  );
});
