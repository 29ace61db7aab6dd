import { spawn } from 'node:child_process';
import { readLock } from '../tools/lint/lockfile.mjs';
import { pathsInImage } from './image-packages.mjs';
import { ended } from './tool-run.mjs';
import { root } from './workspace.mjs';

/** How long npm may take, in ms: a registry that does not answer must not hold up the other checks. */
const AUDIT_MS = 60_000;
/** npm's own limits for one request: it tries once more, and waits for minutes otherwise. */
const NPM_AUDIT = ['audit', '--omit=dev', '--json', '--fetch-retries=1', '--fetch-timeout=15000'];
/** From this severity on, a vulnerability fails the check. */
const SERIOUS = ['high', 'critical'];

/**
 * Asks npm's registry for known vulnerabilities of what the image holds.
 * @param {string} [registry] its address, if not the one that npm is set to
 * @returns lines for people, how many packages have a serious one, and whether the registry answered
 */
export async function auditedPackages(registry) {
  const options = {
    cwd: root,
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: AUDIT_MS,
    killSignal: 'SIGKILL',
  };
  const args = registry === undefined ? NPM_AUDIT : [...NPM_AUDIT, `--registry=${registry}`];
  const { output } = await ended(spawn('npm', args, options));
  return judged(output, pathsInImage(readLock(root)));
}

/**
 * Reads what `npm audit --json` printed. Whatever is no report, such as the error of a registry that has no audits, is no
 * answer.
 * @param {Set<string>} held what the image holds, as paths in the lock file
 */
export function judged(output, held) {
  const report = reportIn(output);
  if (report === undefined) {
    const lines = ['The registry does not answer audits: nothing was checked.'];
    return { lines, failed: 0, isAnswered: false };
  }
  const all = Object.values(report.vulnerabilities);
  const found = all.filter(({ nodes }) => nodes.some((path) => held.has(path)));
  const failed = found.filter(({ severity }) => SERIOUS.includes(severity)).length;
  const lines = found.map(({ name, severity, range }) => `${severity}: ${name} ${range}`);
  const others = all.length - found.length;
  lines.push(`${found.length} vulnerable packages, ${failed} seriously; ${others} more only in our tools`);
  return { lines, failed, isAnswered: true };
}

function reportIn(output) {
  try {
    const report = JSON.parse(output);
    return typeof report.auditReportVersion === 'number' ? report : undefined;
  } catch {
    return undefined;
  }
}
