#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { Peer } from './peer.js';
import { type CheckResult, runSuite } from './run-suite.js';
import { tokensOf } from './token-maker.js';

const USAGE = `Checks a running server against the protocol.

  npm run conformance -- --url ws://host:port/ws [options]

  --url <address>     a WebSocket address; repeat it for another replica of the same server
  --only <pattern>    run only checks whose number, section and title match this regular expression
  --long              also check the heartbeats, which takes about 90 seconds
  --parallel <n>      how many checks run at the same time (default 4)
  --timeout <ms>      the longest wait for any frame (default 10000)
  --json              print one JSON object at the end instead of the list

With TOKEN_SECRET, TOKEN_ISSUER and TOKEN_AUDIENCE in the environment, as the server has them, it checks tokens as well.

Exit code: 0 all checks passed, 1 some failed, 2 the server cannot be reached or an option is wrong.`;

const OPTIONS = {
  url: { type: 'string', multiple: true },
  only: { type: 'string' },
  long: { type: 'boolean' },
  parallel: { type: 'string', default: '4' },
  timeout: { type: 'string', default: '10000' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

function readOptions() {
  const { values } = parseArgs({ options: OPTIONS });
  const urls = values.url ?? [];
  const [parallel, timeoutMs] = [Number(values.parallel), Number(values.timeout)];
  if (urls.length === 0 && !values.help) throw new Error('--url is missing');
  for (const url of urls)
    if (!/^wss?:$/.test(new URL(url).protocol)) throw new Error(`${url}: expected ws://…`);
  if (!(parallel >= 1) || !(timeoutMs >= 1)) throw new Error('--parallel and --timeout: expected a number');
  const only = values.only === undefined ? undefined : new RegExp(values.only, 'i');
  return { ...values, urls, only, parallel, timeoutMs, tokens: tokensOf(process.env) };
}

const MARKS = { passed: '✓', failed: '✗', 'not applicable': '–' } as const;

/** Prints each result under the title of its section. */
function printer(): (result: CheckResult) => void {
  let shown = '';
  return ({ number, section, title, outcome, reason, milliseconds }) => {
    const head = `${number.slice(0, number.lastIndexOf('.'))} ${section}`;
    if (head !== shown) console.log(`\n${head}`);
    shown = head;
    console.log(`  ${MARKS[outcome]} ${number} ${title} (${milliseconds} ms)`);
    if (reason !== undefined) console.log(reason.replace(/^/gm, '      '));
  };
}

async function main(): Promise<number> {
  const { json, help, ...options } = readOptions();
  if (help) {
    console.log(USAGE);
    return 0;
  }
  for (const url of options.urls) await (await Peer.connect(url, options)).close();
  const start = performance.now();
  const results = await runSuite({ ...options, onResult: json ? undefined : printer() });
  const count = (outcome: CheckResult['outcome']) => results.filter((one) => one.outcome === outcome).length;
  const totals = { passed: count('passed'), failed: count('failed'), notApplicable: count('not applicable') };
  const { passed, failed, notApplicable } = totals;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (json) console.log(JSON.stringify({ urls: options.urls, ...totals, checks: results }));
  else console.log(`\n${passed} passed, ${failed} failed, ${notApplicable} not applicable in ${seconds} s`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  // A host name with several addresses fails with all of their errors and no message of its own.
  const [first] = error instanceof AggregateError ? error.errors : [error];
  console.error(first instanceof Error ? first.message : first);
  process.exitCode = 2;
}
