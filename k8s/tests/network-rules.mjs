import { appNames } from './settings-rules.mjs';
import { ofKind, podLabelsOf, podOf, selects, unless, workloads } from './workloads.mjs';

const policiesOf = (objects, labels, type) =>
  ofKind(objects, 'NetworkPolicy').filter(
    ({ spec }) => spec.policyTypes.includes(type) && selects(spec.podSelector, labels),
  );

const takesPort = (ports, { number, name }) =>
  !ports || ports.some(({ port }) => port === number || port === name);
const takesPeer = (peers, labels) =>
  !peers ||
  peers.some(
    ({ podSelector, namespaceSelector, ipBlock }) =>
      !namespaceSelector && !ipBlock && selects(podSelector, labels),
  );

/** Whether the policies let pods of one workload reach those of another one in the same namespace. */
export function mayReach(objects, from, to, port) {
  const [source, target] = [podLabelsOf(from), podLabelsOf(to)];
  const out = policiesOf(objects, source, 'Egress').some(({ spec }) =>
    (spec.egress ?? []).some(({ to: peers, ports }) => takesPeer(peers, target) && takesPort(ports, port)),
  );
  const into = policiesOf(objects, target, 'Ingress').some(({ spec }) =>
    (spec.ingress ?? []).some(({ from: peers, ports }) => takesPeer(peers, source) && takesPort(ports, port)),
  );
  return out && into;
}

/** The other namespaces that may reach a workload, each with the port: "monitoring metrics". */
const namespacesInto = (objects, workload) =>
  policiesOf(objects, podLabelsOf(workload), 'Ingress').flatMap(({ spec }) =>
    (spec.ingress ?? []).flatMap(({ from = [{ ipBlock: 'anywhere' }], ports = [{ port: 'any port' }] }) =>
      from
        .flatMap(({ namespaceSelector, ipBlock }) => {
          if (ipBlock) return ['anywhere'];
          return namespaceSelector
            ? [namespaceSelector.matchLabels?.['kubernetes.io/metadata.name'] ?? 'anywhere']
            : [];
        })
        .flatMap((namespace) => ports.map(({ port }) => `${namespace} ${port}`)),
    ),
  );

/** The namespaces other than Prometheus's that may reach a workload, and on which port. */
const open = { gateway: ['ingress-nginx http'] };

/**
 * Only these connections are allowed: the apps and Redis to Redis, the ingress to the gateways' port for clients, Prometheus
 * to the apps' port for metrics, and all of them to DNS.
 */
export const networkIsClosed = (objects) => [
  ...unless(ofKind(objects, 'NetworkPolicy').some(closesAll), 'no policy closes what nobody thought of'),
  ...workloads(objects).flatMap((to) => {
    const name = to.metadata.name;
    const expected = name === 'redis' ? [...appNames, 'redis'] : [];
    const ports = podOf(to).containers.flatMap((container) => container.ports ?? []);
    const reached = ports.flatMap(({ name: port, containerPort: number }) =>
      workloads(objects).flatMap((from) => {
        const allowed = expected.includes(from.metadata.name) && (port !== 'bus' || from === to);
        const may = mayReach(objects, from, to, { name: port, number });
        return unless(
          may === allowed,
          `${from.metadata.name} ${may ? 'reaches' : 'does not reach'} ${name}:${port}`,
        );
      }),
    );
    const others = [...(open[name] ?? []), ...(appNames.includes(name) ? ['monitoring metrics'] : [])];
    const strangers = namespacesInto(objects, to).filter((namespace) => !others.includes(namespace));
    const labels = podLabelsOf(to);
    return [
      ...reached,
      ...strangers.map((namespace) => `${namespace} reaches ${name}`),
      ...['Ingress', 'Egress'].flatMap((type) =>
        unless(policiesOf(objects, labels, type).length > 0, `${name}: no policy closes ${type}`),
      ),
      ...unless(policiesOf(objects, labels, 'Egress').some(asksForNames), `${name} cannot ask for names`),
    ];
  }),
];

const asksForNames = ({ spec }) =>
  (spec.egress ?? []).some(({ ports }) => ports?.some(({ port }) => port === 53));

const closesAll = ({ spec }) =>
  selects(spec.podSelector, {}) && spec.policyTypes.length === 2 && !spec.ingress && !spec.egress;
