const kinds = ['Deployment', 'StatefulSet'];

/** The objects that create pods. */
export const workloads = (objects) => objects.filter(({ kind }) => kinds.includes(kind));
export const podOf = (workload) => workload.spec.template.spec;
export const podLabelsOf = (workload) => workload.spec.template.metadata.labels;
export const allContainersOf = (workload) => [
  ...(podOf(workload).initContainers ?? []),
  ...podOf(workload).containers,
];
export const nameOf = ({ kind, metadata }) => `${kind} ${metadata.name}`;
export const ofKind = (objects, kind) => objects.filter((object) => object.kind === kind);
export const named = (objects, kind, name) =>
  objects.find((object) => object.kind === kind && object.metadata.name === name);

/** Whether a label selector (matchLabels, matchExpressions with In) matches these labels. An empty one matches all. */
export function selects({ matchLabels = {}, matchExpressions = [] }, labels = {}) {
  for (const { operator } of matchExpressions) {
    if (operator !== 'In') throw new Error(`The tests do not know the operator ${operator}`);
  }
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, values }) => values.includes(labels[key]))
  );
}

/** The faults that `check` finds in each workload's containers, each prefixed with their names. */
export function eachContainer(objects, check, containersOf = allContainersOf) {
  return workloads(objects).flatMap((workload) =>
    containersOf(workload).flatMap((container) =>
      check(container, workload).map((fault) => `${nameOf(workload)}, container ${container.name}: ${fault}`),
    ),
  );
}

/** The faults that `check` finds in each workload, each prefixed with its name. */
export const eachWorkload = (objects, check) =>
  workloads(objects).flatMap((workload) => check(workload).map((fault) => `${nameOf(workload)}: ${fault}`));

/** The fault as a list, empty when the condition holds. */
export const unless = (holds, fault) => (holds ? [] : [fault]);

const coresIn = (cpu) => (cpu.endsWith('m') ? Number(cpu.slice(0, -1)) / 1000 : Number(cpu));

/** Cores that the pods of an overlay request at their least, without its init containers: those end before the others start. */
export function coresOf(objects) {
  const each = workloads(objects).map((workload) => {
    const scaled = ofKind(objects, 'HorizontalPodAutoscaler').find(
      ({ spec }) => spec.scaleTargetRef.name === workload.metadata.name,
    );
    const replicas = scaled?.spec.minReplicas ?? workload.spec.replicas ?? 1;
    const cpus = podOf(workload).containers.map(({ resources }) => coresIn(resources.requests.cpu));
    return replicas * cpus.reduce((sum, cpu) => sum + cpu, 0);
  });
  return Number(each.reduce((sum, cores) => sum + cores, 0).toFixed(3));
}
