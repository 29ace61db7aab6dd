import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { makeSecrets } from '../secrets.mjs';
import { MARK } from './namespace.mjs';

const K8S = join(dirname(fileURLToPath(import.meta.url)), '..');
/** What needs more than a plain cluster, or would undo what the check does. */
const LEFT_OUT = ['Ingress', 'HorizontalPodAutoscaler', 'ServiceMonitor', 'PodMonitor', 'PrometheusRule'];
/** Redis's volumes: the check writes a few megabytes. */
const STORAGE = '1Gi';

/**
 * An overlay as it is applied in another namespace, with secrets of its own.
 * @param {import('./kubectl.mjs').Kubectl} kubectl
 * @param {{ overlay: string, namespace: string, image?: string, runId: string }} options `image` replaces that of the overlay
 * @returns the objects of the namespace, those of the cluster, the labels for the namespace, the image, the names of the kinds
 *   that were left out, and the password of Redis's admin
 */
export async function render(kubectl, { overlay, namespace, image, runId }) {
  const copy = await mkdtemp(join(tmpdir(), 'k8s-check-'));
  try {
    await cp(K8S, copy, {
      recursive: true,
      filter: (path) => !/\/(tests|check|secrets)$|\.mjs$/.test(path.slice(K8S.length)),
    });
    const secrets = join(copy, 'overlays', overlay, 'secrets');
    await makeSecrets(secrets, process.env.REDIS_PREFIX || 'chat');
    const rendered = await kustomized(kubectl, join(copy, 'check'), namespace, `../overlays/${overlay}`);
    // Where the overlay does not bring what it needs of the cluster.
    const apart = existsSync(join(copy, 'cluster'))
      ? await kustomized(kubectl, join(copy, 'check'), namespace, '../cluster')
      : [];
    const [, adminPassword] = /^REDISCLI_AUTH=(.*)$/m.exec(
      await readFile(join(secrets, 'admin.env'), 'utf8'),
    );
    return { adminPassword, ...fitted([...rendered, ...apart], { image, runId }) };
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function kustomized(kubectl, folder, namespace, resource) {
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'kustomization.yaml'),
    `namespace: ${namespace}\nresources: ['${resource}']\n`,
  );
  return parseAllDocuments(await kubectl.run(['kustomize', folder])).map((document) => document.toJS());
}

/** The objects as the check needs them. Exported for tests. */
export function fitted(objects, { image, runId }) {
  const minimum = new Map(
    objects
      .filter(({ kind }) => kind === 'HorizontalPodAutoscaler')
      .map(({ spec }) => [spec.scaleTargetRef.name, spec.minReplicas]),
  );
  const gateway = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'gateway');
  const ours = gateway.spec.template.spec.containers[0].image;
  for (const object of objects) {
    if (object.kind === 'Deployment') object.spec.replicas ??= minimum.get(object.metadata.name) ?? 1;
    for (const claim of object.spec?.volumeClaimTemplates ?? [])
      claim.spec.resources.requests.storage = STORAGE;
    for (const container of containersOf(object))
      if (container.image === ours) container.image = image ?? ours;
  }
  const kept = objects.filter(({ kind }) => kind !== 'Namespace' && !LEFT_OUT.includes(kind));
  const left = objects.map(({ kind }) => kind).filter((kind) => LEFT_OUT.includes(kind));
  const namespace = objects.find(({ kind }) => kind === 'Namespace');
  const cluster = kept.filter(({ metadata }) => metadata.namespace === undefined);
  for (const { metadata } of cluster) metadata.labels = { ...metadata.labels, [MARK]: runId };
  return {
    objects: kept.filter(({ metadata }) => metadata.namespace !== undefined),
    cluster,
    labels: namespace?.metadata.labels ?? {},
    image: image ?? ours,
    gateways: gateway.spec.replicas,
    leftOut: [...new Set(left)],
  };
}

const containersOf = ({ spec }) => {
  const pod = spec?.template?.spec ?? {};
  return [...(pod.containers ?? []), ...(pod.initContainers ?? [])];
};
