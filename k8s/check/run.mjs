import { setTimeout as delay } from 'node:timers/promises';
import { Kubectl } from './kubectl.mjs';
import { OwnNamespace } from './namespace.mjs';
import { STEPS } from './steps.mjs';

const since = (began) => `${((performance.now() - began) / 1_000).toFixed(1)} s`;
const reasonOf = (error) => (error instanceof Error ? error.message : String(error));

/**
 * Runs the steps against a cluster, up to the first that fails, and removes what they created in any case.
 * @param {{ overlay: string, namespace: string, runId: string, context?: string, image?: string, connections: number,
 *   rate: number, timeoutS: number, pollMs: number }} options
 * @param {{ signal: AbortSignal, print: (line: string) => void, steps?: typeof STEPS }} surroundings `signal` ends the step in
 *   progress; the clean-up goes on
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runCheck(options, { signal, print, steps = STEPS }) {
  const kubectl = new Kubectl({ context: options.context, namespace: options.namespace, signal });
  const namespace = new OwnNamespace(kubectl, options.namespace, options.runId);
  const check = { options, kubectl, namespace, runId: options.runId, wait: waiting(options, signal) };
  const totals = { passed: 0, failed: 0 };
  const attempt = async (title, run) => {
    const began = performance.now();
    try {
      const found = await run(check);
      totals.passed += 1;
      print(`✓ ${title}: ${found} (${since(began)})`);
      return true;
    } catch (error) {
      totals.failed += 1;
      print(`✗ ${title} (${since(began)})\n${indented(reasonOf(error))}`);
      return false;
    }
  };
  let fine = true;
  for (const { title, run } of steps) {
    if (fine) fine = await attempt(title, run);
    else print(`– ${title}: not run`);
  }
  if (!fine && !signal.aborted) print(indented(await stateOf(kubectl)));
  const gone = await attempt('what it created is removed', () => namespace.remove());
  if (!gone) print(indented(`By hand: kubectl delete namespace ${options.namespace}`));
  return totals;
}

/** Calls `holds` until it returns true. `what` may be a function that says it at the end. @throws Error when the time is over, or the check is ended */
const waiting =
  ({ timeoutS, pollMs }, signal) =>
  async (what, holds) => {
    const until = performance.now() + timeoutS * 1_000;
    while (!(await holds())) {
      if (performance.now() > until)
        throw new Error(`waited ${timeoutS} s for ${typeof what === 'string' ? what : what()}`);
      await delay(pollMs, undefined, { signal });
    }
  };

/** What the cluster says of the pods, after a failure. */
async function stateOf(kubectl) {
  const asked = [
    ['get', 'pods', '-o', 'wide'],
    ['get', 'events', '--field-selector', 'type=Warning'],
  ];
  const answers = await Promise.all(asked.map((args) => kubectl.run(args).catch(reasonOf)));
  return answers.map((text) => text.trim()).join('\n');
}

const indented = (text) => text.replace(/^/gm, '    ');
