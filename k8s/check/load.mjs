import { Job, lastLines } from './pods.mjs';

const URL = 'ws://gateway/ws';
/** The load ends when the step is done; this bounds a step that hangs. */
const LONGEST = '60m';
/** Seconds with every connection open and the expected deliveries, before and after what happens to the cluster. */
const STEADY_SECONDS = 5;
/** `12 of 3600 s · 40 open · 50 sent/s · 2,000 deliveries/s`, as the load test prints each second. */
const SECOND = /^\d+ of [\d,]+ s · ([\d,]+) open · [\d,]+ sent\/s · ([\d,]+) deliveries\/s/gm;

/**
 * Puts load on the gateways while something happens to the cluster, with clients that reconnect and resume, and accounts for
 * every message.
 * @param check the running check
 * @param {{ name: string, returned: number, reloads?: number, vanished?: number }} expected `returned`: how many connections must
 *   have come back at least, or nothing happened to them; `reloads` and `vanished`: how many are allowed
 * @param {() => Promise<string>} happen
 * @returns {Promise<string>} what happened, and the account
 */
export async function underLoad(check, { name, returned, reloads = 0, vanished = 0 }, happen) {
  const { kubectl, options, image } = check;
  const job = new Job(kubectl, name, check.wait);
  const load = [
    '--connections',
    `${options.connections}`,
    '--rate',
    `${options.rate}`,
    '--accounts',
    '20',
    '--ramp',
    '2s',
  ];
  const limits = ['--max-reloads', `${reloads}`, '--max-vanished', `${vanished}`];
  const rest = ['--resume', '--duration', LONGEST, '--accounts-file', '/tmp/accounts.json'];
  await job.start(image, ['apps/load-test/dist/main.js', '--url', URL, ...load, ...limits, ...rest]);
  await job.until('steady load', (log) => steadySeconds(log, options) >= STEADY_SECONDS);
  const found = await happen();
  // What the log has by now may be from before.
  const before = steadySeconds(await job.log(), options);
  await job.until('steady load again', (log) => steadySeconds(log, options) >= before + STEADY_SECONDS);
  await job.stop();
  const { passed, log } = await job.end();
  if (!passed) throw new Error(`the load test failed:\n${lastLines(log, 25)}`);
  return `${found}; ${accountOf(log, returned)}`;
}

/** Seconds in which every connection was open and most of the messages arrived. */
export function steadySeconds(log, { connections, rate }) {
  const number = (text) => Number(text.replaceAll(',', ''));
  const steady = [...log.matchAll(SECOND)].filter(
    ([, open, deliveries]) => number(open) === connections && number(deliveries) >= (connections * rate) / 2,
  );
  return steady.length;
}

/** The lines of the account. @throws Error when they are missing, or too few connections came back */
export function accountOf(log, returned) {
  const lines = log.split('\n').filter((line) => /^in all |^\d+ lost, |^[\d,]+ came back/.test(line));
  if (!lines.some((line) => line.startsWith('in all '))) throw new Error(`no account:\n${lastLines(log)}`);
  const [, text = '0'] = /^([\d,]+) came back/m.exec(log) ?? [];
  const came = Number(text.replaceAll(',', ''));
  if (came < returned)
    throw new Error(`only ${came} connections came back, expected ${returned}: ${lines.join(', ')}`);
  return lines.join(', ');
}
