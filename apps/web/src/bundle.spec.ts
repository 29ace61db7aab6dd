import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';

const BUILT = fileURLToPath(new URL('../dist/client', import.meta.url));

/** What a browser may load before the page works, in bytes as they travel. */
const MOST_SCRIPT = 150 * 1024;

describe('the built client', () => {
  let html: string;
  beforeAll(() => {
    html = readFileSync(join(BUILT, 'index.html'), 'utf8');
  });

  const firstLoaded = () => [...html.matchAll(/(?:src|href)="\.\/([^"]+\.js)"/g)].map(([, path]) => path!);

  it('loads little script at first', () => {
    const scripts = firstLoaded();
    expect(scripts.length).toBeGreaterThan(0);
    const bytes = scripts.reduce((sum, path) => sum + statSync(join(BUILT, `${path}.gz`)).size, 0);
    expect(bytes).toBeLessThan(MOST_SCRIPT);
  });

  it('has nothing in its page that the policy of the page refuses', () => {
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:/i);
  });

  it('has each file compressed, except those that would not become shorter', () => {
    const assets = readdirSync(join(BUILT, 'assets')).filter((name) => /\.(js|css)$/.test(name));
    expect(assets.length).toBeGreaterThan(1);
    for (const name of assets) {
      const file = join(BUILT, 'assets', name);
      if (statSync(file).size < 1024) continue;
      for (const kind of ['br', 'gz']) {
        expect(existsSync(`${file}.${kind}`)).toBe(true);
        expect(statSync(`${file}.${kind}`).size).toBeLessThan(statSync(file).size);
      }
    }
  });

  it('names its scripts and styles by what they contain', () => {
    for (const [, path] of html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g))
      expect(path).toMatch(/-[\w-]{8}\.(js|css)$/);
  });
});
