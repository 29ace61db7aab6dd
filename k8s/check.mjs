#!/usr/bin/env node
// Applies an overlay to a cluster, in a namespace of its own, and checks that it keeps its promises while it is rolled, scaled and
// broken. k8s/README.md explains it.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';

const USAGE = `Checks an overlay on a cluster, in a namespace of its own, which is removed at the end.

  node k8s/check.mjs [options]

  --overlay <name>       a folder of k8s/overlays (default local)
  --image <name>         the image of the services and of the check (default: as in the overlay)
  --context <name>       of your kubeconfig (default: the current one)
  --namespace <name>     must not exist (default parley-check- and a random number)
  --connections <n>      of the load (default 40)
  --rate <n>             messages per second of the load (default 50)
  --timeout <seconds>    the longest wait for anything (default 600)

The last line is "N passed, N failed". Exit code: 0 everything holds, 1 something does not, 2 an option is wrong.`;

const OPTIONS = {
  overlay: { type: 'string', default: 'local' },
  image: { type: 'string' },
  context: { type: 'string' },
  namespace: { type: 'string' },
  connections: { type: 'string', default: '40' },
  rate: { type: 'string', default: '50' },
  timeout: { type: 'string', default: '600' },
  help: { type: 'boolean', default: false },
};

/** How often the cluster is asked whether something has happened, in ms. */
const POLL_MS = 2_000;

function readOptions() {
  const { values } = parseArgs({ options: OPTIONS });
  const count = (name) => {
    if (/^[1-9]\d{0,5}$/.test(values[name])) return Number(values[name]);
    throw new Error(`--${name} ${values[name]}: expected a whole number`);
  };
  const { overlay, image, context, help } = values;
  const file = new URL(`overlays/${overlay}/kustomization.yaml`, import.meta.url);
  if (!/^[\w-]+$/.test(overlay) || !existsSync(file))
    throw new Error(`--overlay ${overlay}: no folder of k8s/overlays`);
  const runId = randomBytes(4).toString('hex');
  const namespace = values.namespace ?? `parley-check-${runId}`;
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace))
    throw new Error(`--namespace ${namespace}: not a name`);
  const numbers = { connections: count('connections'), rate: count('rate'), timeoutS: count('timeout') };
  return { overlay, image, context, help, runId, namespace, ...numbers, pollMs: POLL_MS };
}

/** Aborted by the first signal. Later ones change nothing: the clean-up goes on. */
function endedBySignal() {
  const ending = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(name, () => {
      console.log(`${name}: removing what was created`);
      ending.abort(new Error(`ended by ${name}`));
    });
  }
  return ending.signal;
}

async function main() {
  const options = readOptions();
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  if (!existsSync(new URL('../libs/redis/dist/index.js', import.meta.url)))
    throw new Error('Run first: npm ci && npm run build');
  const { runCheck } = await import('./check/run.mjs');
  const { passed, failed } = await runCheck(options, {
    signal: endedBySignal(),
    print: (line) => console.log(line),
  });
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
