import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { earlierVersion, ROOT } from './earlier-version.js';
import { obstacleTo } from './history.js';

const version = await earlierVersion();
const obstacle = await obstacleTo(version.commit, ROOT);
if (obstacle !== undefined) console.warn(`npm run upgrade-check is not possible here: ${obstacle}`);

const gitVersion = () => execFileSync('git', ['--version']);
const hasGit = (() => {
  try {
    return gitVersion().length > 0;
  } catch {
    return false;
  }
})();

describe('the version before', () => {
  (obstacle === undefined ? it : it.skip)('is a commit of the history, by its full name', () => {
    expect(version).toEqual({ commit: expect.stringMatching(/^[0-9a-f]{40}$/), is: expect.any(String) });
  });
});

(hasGit ? describe : describe.skip)('a commit', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-history-'));
  const [whole, shallow] = [join(folder, 'whole'), join(folder, 'shallow')];
  const git = (cwd: string, ...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@localhost', ...args], {
      cwd,
      encoding: 'utf8',
    }).trim();
  const commits: string[] = [];

  beforeAll(() => {
    git(folder, 'init', '-q', whole);
    for (const name of ['first', 'second']) {
      git(whole, 'commit', '-q', '--allow-empty', '-m', name);
      commits.push(git(whole, 'rev-parse', 'HEAD'));
    }
    git(folder, 'clone', '-q', '--depth', '1', pathToFileURL(whole).href, shallow);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('of the history can be built', async () => {
    expect(await obstacleTo(commits[0]!, whole)).toBeUndefined();
    expect(await obstacleTo(commits[1]!, shallow)).toBeUndefined();
  });

  it('that a shallow clone lacks cannot, and the clone says so', async () => {
    expect(await obstacleTo(commits[0]!, shallow)).toMatch(/shallow/);
  });

  it('cannot where there is no history', async () => {
    expect(await obstacleTo(commits[0]!, folder)).toMatch(/no history/);
  });

  it('that is not of the whole history is a mistake', async () => {
    await expect(obstacleTo('0'.repeat(40), whole)).rejects.toThrow('not in the history');
  });
});
