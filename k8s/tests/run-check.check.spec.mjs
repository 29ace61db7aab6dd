import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runCheck } from '../check/run.mjs';
import { STEPS } from '../check/steps.mjs';
import { folder } from './manifests.mjs';

const BIN = join(folder, 'tests/fixtures/kubectl/bin');
const CLEAN = 'what it created is removed';
/** The check's own steps, with one call of each that fails; `input` stands at the end of a call. */
const FAILING = [
  ['the cluster answers', 'version'],
  ['the overlay renders', 'kustomize'],
  ['a namespace of its own is created', 'create .*"Namespace"'],
  ['a namespace of its own is created', 'create .*"PriorityClass"'],
  ['the overlay is applied', 'apply'],
  ['everything is ready', 'rollout status statefulset/redis'],
  ['a second apply changes nothing', 'diff'],
  ['the conformance suite passes', 'create .*"conformance"'],
  ['the conformance suite passes', 'logs conformance'],
  ['a rollout loses nothing', 'create .*"load-rollout"'],
  ['a rollout loses nothing', 'rollout restart'],
  ['a rollout loses nothing', 'exec load-rollout'],
  ['a rollout of Redis loses nothing', 'rollout restart statefulset/redis'],
  ['scaling loses nothing', 'scale deployment/gateway --replicas=4'],
  ["a master's death loses at most its last second", 'delete pod redis-1'],
  [CLEAN, 'delete namespace'],
  [CLEAN, 'delete priorityclass'],
];

let cluster;
let before;
beforeEach(() => {
  cluster = mkdtempSync(join(tmpdir(), 'fake-cluster-'));
  before = { ...process.env };
  Object.assign(process.env, { FAKE_CLUSTER: cluster, PATH: `${BIN}${delimiter}${before.PATH}` });
});
afterEach(() => {
  process.env = before;
  rmSync(cluster, { recursive: true });
});

const there = (name) => existsSync(join(cluster, name));
const calls = () => readFileSync(join(cluster, 'calls'), 'utf8').trim().split('\n');

const OPTIONS = { overlay: 'local', namespace: 'trial', runId: '1234', connections: 40, rate: 50 };

const titles = STEPS.map(({ title }) => title);
/** The steps that the others need, these, and one that is left after a failure. */
const stepsWith = (...wanted) =>
  STEPS.filter(({ title }, at) => at < 4 || at === STEPS.length - 1 || wanted.includes(title));

/** Runs it against the recorded kubectl. */
async function checked(fake = {}, { steps = STEPS, ...more } = {}) {
  Object.assign(process.env, fake);
  const lines = [];
  const print = (line) => lines.push(line.replace(/ \([\d.]+ s\)/, ''));
  const { signal } = new AbortController();
  const totals = await runCheck({ ...OPTIONS, timeoutS: 30, pollMs: 1, ...more }, { signal, print, steps });
  return { ...totals, lines };
}

describe('k8s/check.mjs, against a recorded kubectl', () => {
  it('does every step on a cluster on which all goes well, and leaves nothing there', async () => {
    const { lines, ...totals } = await checked();
    expect(totals).toEqual({ passed: titles.length + 1, failed: 0 });
    expect(lines.map((line) => line.split(':')[0])).toEqual([...titles, CLEAN].map((title) => `✓ ${title}`));
    expect(lines[0]).toBe('✓ the cluster answers: kind-check, Kubernetes v1.34.0');
    expect(lines[5]).toBe('✓ a second apply changes nothing: no difference, 6 of 7 are unchanged');
    expect(lines[7]).toContain('124,000 delivered, 0 lost, 0 twice, 0 out of order, 81 came back');
    expect(lines.at(-2)).toContain('redis-1 was killed');
    expect([there('namespace'), there('priorityclass')]).toEqual([false, false]);
  });

  it.each(FAILING)(
    'reports that "%s" failed when kubectl fails at "%s", and cleans up',
    async (title, call) => {
      const steps = stepsWith(title);
      const { lines, passed, failed } = await checked({ FAKE_FAIL: call }, { steps });
      expect(failed).toBe(1);
      const at = lines.findIndex((line) => line.startsWith('✗'));
      expect(lines[at]).toMatch(
        new RegExp(`^✗ ${title}\n    kubectl .* ended with 1: The connection to the server`),
      );
      if (title === CLEAN) {
        expect(passed).toBe(steps.length);
        expect(lines.at(-1).trim()).toBe('By hand: kubectl delete namespace trial');
        // One half that fails does not keep the other from being done.
        expect([there('namespace'), there('priorityclass')].sort()).toEqual([false, true]);
        return;
      }
      const names = steps.map((step) => step.title);
      const left = names.slice(names.indexOf(title) + 1).map((each) => `– ${each}: not run`);
      expect(lines.slice(at + 1, at + 1 + left.length)).toEqual(left);
      expect(lines.at(-1)).toContain(`✓ ${CLEAN}`);
      expect([there('namespace'), there('priorityclass')]).toEqual([false, false]);
    },
  );

  it('fails when nothing happened to the connections', async () => {
    const steps = stepsWith('a rollout loses nothing');
    const { lines, failed } = await checked({ FAKE_ACCOUNT: 'account-of-nobody' }, { steps });
    expect(failed).toBe(1);
    expect(lines[4]).toMatch(
      /^✗ a rollout loses nothing\n {4}only 0 connections came back, expected 40: in all/,
    );
  });

  it('fails when a Job does, and shows why', async () => {
    const steps = stepsWith('the conformance suite passes');
    const fake = { FAKE_JOB: 'failed', FAKE_CONFORMANCE: 'conformance-failed' };
    const { lines, failed } = await checked(fake, { steps });
    expect(failed).toBe(1);
    expect(lines[4]).toBe(
      '✗ the conformance suite passes\n      ✗ 2.4 answers `users` (31 ms)\n          expected 2 users\n    247 passed, 1 failed, 3 not applicable in 41.2 s',
    );
  });

  it('shows what a second apply would change', async () => {
    const steps = stepsWith('a second apply changes nothing');
    const { lines, failed } = await checked({ FAKE_DIFF: 'diff.txt' }, { steps });
    expect(failed).toBe(1);
    expect(lines[4].split('\n')[0]).toBe('✗ a second apply changes nothing');
    expect(lines[4]).toContain('\n    +  replicas: 1');
  });

  it('waits for a master that can be asked', async () => {
    const steps = stepsWith();
    expect(await checked({ FAKE_FAIL: 'exec -i redis-1' }, { steps })).toMatchObject({ failed: 0 });
    rmSync(join(cluster, 'killed'));
    const { lines, failed } = await checked(
      { FAKE_FAIL: '', FAKE_ROLE: 'role-replica' },
      { steps, timeoutS: 1 },
    );
    expect(failed).toBe(1);
    expect(lines[4]).toMatch(/waited 1 s for a master of Redis$/);
  });

  it('refuses a namespace that is there, and leaves it alone', async () => {
    const theirs = JSON.stringify({ kind: 'Namespace', metadata: { name: 'trial', labels: { team: 'a' } } });
    writeFileSync(join(cluster, 'namespace'), theirs);
    const { lines, failed } = await checked();
    expect(failed).toBe(1);
    expect(lines[2]).toContain('namespaces "trial" already exists');
    expect(lines.at(-1)).toContain("the namespace trial is not this run's, and stays");
    expect(readFileSync(join(cluster, 'namespace'), 'utf8')).toBe(theirs);
    expect(calls().filter((call) => /^(apply|delete)/.test(call))).toEqual([]);
  });

  it("leaves the cluster's own objects alone that were there", async () => {
    writeFileSync(join(cluster, 'priorityclass'), '');
    expect(await checked({}, { steps: stepsWith() })).toMatchObject({ failed: 0 });
    expect(there('priorityclass')).toBe(true);
  });

  it('gives up after its longest wait', async () => {
    const steps = stepsWith('the conformance suite passes');
    const { lines, failed } = await checked({ FAKE_JOB: 'running' }, { steps, timeoutS: 1 });
    expect(failed).toBe(1);
    expect(lines[4]).toMatch(/^✗ the conformance suite passes\n {4}waited 1 s for the end of conformance/);
    expect(there('namespace')).toBe(false);
  });

  it('applies the overlay in its own namespace, without what a plain cluster does not have', async () => {
    await checked({ FAKE_FAIL: 'rollout status' });
    const { items } = JSON.parse(readFileSync(join(cluster, 'applied-objects'), 'utf8'));
    const kinds = ['ConfigMap', 'Deployment', 'Deployment', 'StatefulSet', 'NetworkPolicy', 'NetworkPolicy'];
    expect(items.map(({ kind }) => kind)).toEqual(kinds);
    expect(items[2].spec).toMatchObject({ replicas: 2 });
    expect(items[3].spec.volumeClaimTemplates[0].spec.resources.requests.storage).toBe('1Gi');
  });

  it('ends with 1 and cleans up on Ctrl-C, also in the middle of a call', async () => {
    const env = { ...process.env, FAKE_HANG: 'rollout status' };
    const child = spawn(process.execPath, [join(folder, 'check.mjs'), '--namespace', 'trial'], { env });
    let out = '';
    child.stdout.on('data', (text) => {
      out += text;
      if (String(text).includes('is applied')) child.kill('SIGINT');
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code).toBe(1);
    expect(out).toMatch(/✗ everything is ready \(.* s\)\n {4}ended by SIGINT\n/);
    expect(out.trim().split('\n').at(-1)).toBe('5 passed, 1 failed');
    expect(there('namespace')).toBe(false);
  });

  it.each([
    [['--overlay', 'nowhere'], '--overlay nowhere: no folder of k8s/overlays'],
    [['--rate', '0'], '--rate 0: expected a whole number'],
    [['--namespace', 'A'], '--namespace A: not a name'],
  ])('ends with 2 for %j', async (args, message) => {
    const child = spawn(process.execPath, [join(folder, 'check.mjs'), ...args]);
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(2);
    expect(said).toContain(message);
    expect(there('calls')).toBe(false);
  });
});
