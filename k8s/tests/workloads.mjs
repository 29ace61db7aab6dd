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
