import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/**
 * Why a commit cannot be taken from the history of a folder: there is no history, or it is cut off. Undefined if it can.
 * @throws Error when the whole history is there, and the commit is not part of it: then the wrong commit is named.
 */
export async function obstacleTo(commit: string, folder: string): Promise<string | undefined> {
  const git = (...args: string[]) =>
    exec('git', ['-C', folder, ...args]).then(
      ({ stdout }) => stdout.trim(),
      () => undefined,
    );
  const isShallow = await git('rev-parse', '--is-shallow-repository');
  if (isShallow === undefined) return 'there is no history here: not a clone, or no git';
  // Answers nothing, but ends with 0, when the commit is an ancestor.
  if ((await git('merge-base', '--is-ancestor', commit, 'HEAD')) !== undefined) return undefined;
  const short = commit.slice(0, 7);
  if (isShallow === 'true') return `this clone is shallow and lacks ${short}: git fetch --unshallow`;
  throw new Error(`${short} is not in the history of HEAD`);
}
