import {
  allContainersOf,
  eachContainer,
  eachWorkload,
  named,
  nameOf,
  ofKind,
  podLabelsOf,
  podOf,
  selects,
  unless,
  workloads,
} from './workloads.mjs';

const taken = (objects, selector) =>
  workloads(objects).filter((workload) => selects(selector, podLabelsOf(workload)));
const portsOf = (workload) => podOf(workload).containers.flatMap(({ ports = [] }) => ports);
const hasPort = (workload, port) =>
  portsOf(workload).some(({ name, containerPort }) => name === port || containerPort === port);

/** Every selector of pods or Services selects some, and a workload selects its own pods. */
export const selectorsMatch = (objects) => [
  ...eachWorkload(objects, (workload) => {
    const own = podLabelsOf(workload);
    const spread = podOf(workload).topologySpreadConstraints ?? [];
    return [
      ...unless(selects(workload.spec.selector, own), 'does not select its own pods'),
      ...unless(taken(objects, workload.spec.selector).length === 1, "selects another workload's pods"),
      ...unless(
        spread.every(({ labelSelector }) => selects(labelSelector, own)),
        'is spread by the labels of others',
      ),
    ];
  }),
  ...['PodDisruptionBudget', 'NetworkPolicy'].flatMap((kind) =>
    ofKind(objects, kind).flatMap((object) =>
      unless(
        taken(objects, object.spec.selector ?? object.spec.podSelector).length > 0,
        `${nameOf(object)} selects nothing`,
      ),
    ),
  ),
  ...ofKind(objects, 'ServiceMonitor').flatMap((monitor) => {
    const services = ofKind(objects, 'Service').filter(({ metadata }) =>
      selects(monitor.spec.selector, metadata.labels),
    );
    const ports = monitor.spec.endpoints.map(({ port }) => port);
    return [
      ...unless(services.length > 0, `${nameOf(monitor)} selects no Service`),
      ...services.flatMap((service) =>
        ports.flatMap((port) =>
          unless(
            service.spec.ports.some(({ name }) => name === port),
            `${nameOf(service)} has no port ${port} for Prometheus`,
          ),
        ),
      ),
    ];
  }),
];

/** Each target port has a listener. A Service without a selector leads nowhere on purpose. */
export const portsExist = (objects) => [
  ...ofKind(objects, 'Service').flatMap((service) => {
    if (!service.spec.selector) return [];
    const selected = taken(objects, { matchLabels: service.spec.selector });
    return [
      ...unless(selected.length === 1, `${nameOf(service)} leads to ${selected.length} workloads`),
      ...service.spec.ports.flatMap(({ port, targetPort = port }) =>
        unless(
          selected.every((workload) => hasPort(workload, targetPort)),
          `${nameOf(service)}: nobody listens on ${targetPort}`,
        ),
      ),
    ];
  }),
  ...eachContainer(objects, (container, workload) =>
    ['startupProbe', 'readinessProbe', 'livenessProbe'].flatMap((probe) => {
      const port = container[probe]?.httpGet?.port;
      return unless(port === undefined || hasPort(workload, port), `${probe}: nobody listens on ${port}`);
    }),
  ),
  ...ofKind(objects, 'Ingress').flatMap((ingress) =>
    ingress.spec.rules
      .flatMap(({ http }) => http.paths)
      .flatMap(({ path, backend: { service } }) => {
        const ports = named(objects, 'Service', service.name)?.spec.ports ?? [];
        return unless(
          ports.some(({ name, port }) => name === service.port.name || port === service.port.number),
          `${nameOf(ingress)}: ${path} leads to no port of a Service`,
        );
      }),
  ),
];

/** Each autoscaler scales an existing workload whose containers request CPU. */
export const autoscalersHaveTargets = (objects) =>
  ofKind(objects, 'HorizontalPodAutoscaler').flatMap((autoscaler) => {
    const { kind, name } = autoscaler.spec.scaleTargetRef;
    const target = named(objects, kind, name);
    if (!target) return [`${nameOf(autoscaler)} scales ${kind} ${name}, which is not there`];
    return [
      ...unless(
        podOf(target).containers.every(({ resources }) => resources?.requests?.cpu),
        `${nameOf(autoscaler)}: its target requests no CPU`,
      ),
      ...unless(
        autoscaler.spec.minReplicas <= autoscaler.spec.maxReplicas,
        `${nameOf(autoscaler)}: the least is more than the most`,
      ),
    ];
  });

/** The keys of Secrets that no overlay writes: cert-manager makes them, or `npm run certificates`. */
const FROM_OUTSIDE = { 'redis-tls': ['ca.crt', 'tls.crt', 'tls.key'] };

const keysOf = (objects, kind, name) => {
  const { data, stringData } = named(objects, kind, name) ?? {};
  if (data || stringData) return Object.keys({ ...data, ...stringData });
  return kind === 'Secret' ? FROM_OUTSIDE[name] : undefined;
};

function missing(objects, kind, name, keys = []) {
  const there = keysOf(objects, kind, name);
  if (!there) return [`${kind} ${name} is not there`];
  return keys.filter((key) => !there.includes(key)).map((key) => `${kind} ${name} has no ${key}`);
}

/** Each ConfigMap, Secret and key that a pod refers to exists, and each mount has its volume. */
export const referencesExist = (objects) => [
  ...eachContainer(objects, ({ env = [], envFrom = [] }) => [
    ...envFrom.flatMap(({ configMapRef, secretRef }) =>
      configMapRef
        ? missing(objects, 'ConfigMap', configMapRef.name)
        : missing(objects, 'Secret', secretRef.name),
    ),
    ...env.flatMap(({ valueFrom: { configMapKeyRef, secretKeyRef } = {} }) => [
      ...(configMapKeyRef ? missing(objects, 'ConfigMap', configMapKeyRef.name, [configMapKeyRef.key]) : []),
      ...(secretKeyRef
        ? missing(objects, 'Secret', secretKeyRef.name, secretKeyRef.optional ? [] : [secretKeyRef.key])
        : []),
    ]),
  ]),
  ...eachWorkload(objects, (workload) => {
    const { volumes = [] } = podOf(workload);
    const claims = workload.spec.volumeClaimTemplates ?? [];
    const names = [...volumes.map(({ name }) => name), ...claims.map(({ metadata }) => metadata.name)];
    const mounted = allContainersOf(workload).flatMap(({ volumeMounts = [] }) =>
      volumeMounts.map(({ name }) => name),
    );
    return [
      ...volumes.flatMap(({ configMap, secret }) => [
        ...(configMap
          ? missing(
              objects,
              'ConfigMap',
              configMap.name,
              configMap.items?.map(({ key }) => key),
            )
          : []),
        ...(secret
          ? missing(
              objects,
              'Secret',
              secret.secretName,
              secret.items?.map(({ key }) => key),
            )
          : []),
      ]),
      ...mounted.filter((name) => !names.includes(name)).map((name) => `mounts ${name}, which is no volume`),
      ...names
        .filter((name) => !mounted.includes(name))
        .map((name) => `has a volume ${name} that nothing mounts`),
    ];
  }),
];
