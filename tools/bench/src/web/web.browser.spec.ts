import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, jest } from '@jest/globals';
import { chromiumObstacle } from './chromium.js';

jest.setTimeout(180_000);

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const run = (env: object, ...options: string[]) =>
  promisify(execFile)(process.execPath, [MAIN, 'web', ...options], { env: { ...process.env, ...env } });

const itWithChromium = chromiumObstacle() === undefined ? it : it.skip;

describe('npm run bench -- web', () => {
  itWithChromium(
    'opens the client, lets messages come, scrolls, and has a figure for each line of its table',
    async () => {
      const { stdout, stderr } = await run({}, '--rounds', '1', '--seconds', '6', '--scale', '0.005');
      const figures = JSON.parse(/^round 1: Parley {2}(.*)$/m.exec(stderr)![1]!);
      // It has drawn, and has read on as it scrolled.
      expect(figures.frames).toBeGreaterThan(1);
      expect(figures.pagesRead).toBeGreaterThan(0);
      const rows = stdout.split('\n').filter((line) => /^\| \w/.test(line));
      expect(rows).toHaveLength(11);
      for (const row of rows) expect(row).toMatch(/^\| [^|]+ \| +-?[\d,.]+ \|/);
      expect(stdout).toMatch(/^Chromium \d+\.$/m);
    },
  );

  it('says so where there is no Chromium, and ends with 2', async () => {
    await expect(run({ CHROMIUM: '/nowhere/chromium' })).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^npm run bench -- web is not possible here: there is no \/nowhere/),
    });
  });
});
