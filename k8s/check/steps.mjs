import { underLoad } from './load.mjs';
import { Job, lastLines, POLICIES } from './pods.mjs';
import { masterOf, replaced } from './redis.mjs';
import { render } from './render.mjs';

const SERVICES = ['auth', 'users', 'channels'];
const list = (items) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

/** In order; the first that fails ends the run. Each returns what it found, for people. */
export const STEPS = [
  { title: 'the cluster answers', run: answers },
  { title: 'the overlay renders', run: renders },
  { title: 'a namespace of its own is created', run: createsNamespace },
  { title: 'the overlay is applied', run: applies },
  { title: 'everything is ready', run: ready },
  { title: 'a second apply changes nothing', run: appliesAgain },
  { title: 'the conformance suite passes', run: conforms },
  { title: 'a rollout loses nothing', run: rolls },
  { title: 'a rollout of Redis loses nothing', run: rollsRedis },
  { title: 'scaling loses nothing', run: scales },
  { title: "a master's death loses at most its last second", run: killsMaster },
];

async function answers({ kubectl, options }) {
  const context = options.context ?? (await kubectl.run(['config', 'current-context'])).trim();
  const { serverVersion } = await kubectl.json(['version']);
  if (serverVersion === undefined) throw new Error(`no server answers in the context ${context}`);
  return `${context}, Kubernetes ${serverVersion.gitVersion}`;
}

async function renders(check) {
  const { kubectl, options, runId } = check;
  Object.assign(check, await render(kubectl, { ...options, runId }));
  const without = check.leftOut.length === 0 ? '' : `, without ${check.leftOut.join(', ')}`;
  return `${options.overlay}, ${check.objects.length} objects, image ${check.image}${without}`;
}

async function createsNamespace({ namespace, labels, cluster }) {
  await namespace.create(labels);
  await namespace.complete(cluster);
  return [namespace.name, ...namespace.created].join(', ');
}

async function applies(check) {
  const output = await apply(check);
  return `${output.length} objects`;
}

/**
 * kubectl says "configured" of these although nothing changes: it sends the selector of a disruption budget each time, and before
 * 1.34 a server adds an empty creationTimestamp to the claims of a StatefulSet. `kubectl diff` shows whether something would change.
 */
const SENT_AGAIN = /^(poddisruptionbudget\.policy|statefulset\.apps)\/\S+ configured$/;

async function appliesAgain(check) {
  const lines = await apply(check);
  const again = lines.filter((line) => !line.endsWith(' unchanged'));
  const changed = again.filter((line) => !SENT_AGAIN.test(line));
  if (changed.length > 0) throw new Error(changed.join('\n'));
  await check.kubectl.run(['diff', '-f', '-'], { input: list([...check.objects, ...POLICIES]) });
  return `no difference, ${lines.length - again.length} of ${lines.length} are unchanged`;
}

async function apply({ kubectl, objects }) {
  const output = await kubectl.run(['apply', '-f', '-'], { input: list([...objects, ...POLICIES]) });
  return output.trim().split('\n');
}

async function ready(check) {
  const { kubectl, objects } = check;
  const workloads = objects.filter(({ kind }) => ['Deployment', 'StatefulSet'].includes(kind));
  const names = workloads.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`);
  for (const name of names) await rolledOut(check, name);
  const { items } = await kubectl.json(['get', 'pods']);
  return `${items.length} pods`;
}

const rolledOut = ({ kubectl, options }, name) =>
  kubectl.run(['rollout', 'status', name, `--timeout=${options.timeoutS}s`], {
    timeoutMs: (options.timeoutS + 30) * 1_000,
  });

/** Against two gateways, so that what holds across replicas is checked too. */
async function conforms(check) {
  const { kubectl, image } = check;
  const { items } = await kubectl.json(['get', 'pods', '-l', 'app.kubernetes.io/name=gateway']);
  const urls = items.slice(0, 2).flatMap(({ status }) => ['--url', `ws://${hostOf(status.podIP)}:3000/ws`]);
  const job = new Job(kubectl, 'conformance', check.wait);
  await job.start(image, ['tools/conformance/dist/main.js', ...urls]);
  const { passed, log } = await job.end();
  if (!passed) throw new Error(failuresOf(log));
  return `${log.trim().split('\n').at(-1)}, against ${urls.length / 2} gateways`;
}

const hostOf = (address) => (address.includes(':') ? `[${address}]` : address);

/** The failed checks with their reasons, or the end of the output where there are none. */
function failuresOf(log) {
  const failed = log.match(/^ {2}✗ .*(?:\n {6}.*)*/gm) ?? [];
  return [...failed.slice(0, 10), lastLines(log, failed.length > 0 ? 1 : 15)].join('\n');
}

/** Services before gateways, as docs/operations.md asks for in an upgrade. Each connection loses its gateway once. */
function rolls(check) {
  return underLoad(check, { name: 'load-rollout', returned: check.options.connections }, async () => {
    for (const names of [SERVICES, ['gateway']]) {
      const deployments = names.map((name) => `deployment/${name}`);
      await check.kubectl.run(['rollout', 'restart', ...deployments]);
      for (const deployment of deployments) await rolledOut(check, deployment);
    }
    return 'services and gateways restarted';
  });
}

function rollsRedis(check) {
  return underLoad(check, { name: 'load-redis', returned: 0 }, async () => {
    await check.kubectl.run(['rollout', 'restart', 'statefulset/redis']);
    await rolledOut(check, 'statefulset/redis');
    return 'Redis restarted';
  });
}

/** Two gateways more, then as many as before: the clients of those that go come back to the others. */
async function scales(check) {
  const { kubectl, gateways } = check;
  const scaleTo = async (replicas) => {
    await kubectl.run(['scale', 'deployment/gateway', `--replicas=${replicas}`]);
    await rolledOut(check, 'deployment/gateway');
    await check.wait(`${replicas} gateways`, async () => {
      const { items } = await kubectl.json(['get', 'pods', '-l', 'app.kubernetes.io/name=gateway']);
      return items.length === replicas;
    });
  };
  await scaleTo(gateways + 2);
  return underLoad(check, { name: 'load-scaling', returned: 1 }, async () => {
    await scaleTo(gateways);
    await scaleTo(gateways + 2);
    await scaleTo(gateways);
    return `${gateways + 2} gateways, ${gateways}, ${gateways + 2}, ${gateways}`;
  });
}

/**
 * Replication, and the append-only file on its way to the disk, are at most a second behind: what was acknowledged in the last
 * second may be gone. Each connection that had more than the log has now reloads, once per epoch; a fail-over makes two at most.
 */
async function killsMaster(check) {
  const { kubectl, options } = check;
  const allowed = { returned: 0, reloads: 2 * options.connections, vanished: options.rate };
  return underLoad(check, { name: 'load-failover', ...allowed }, async () => {
    const master = await masterOf(check);
    await kubectl.run(['delete', 'pod', master.metadata.name, '--grace-period=0', '--force']);
    await replaced(check, master);
    await rolledOut(check, 'statefulset/redis');
    return `${master.metadata.name} was killed, ${(await masterOf(check)).metadata.name} is a master`;
  });
}
