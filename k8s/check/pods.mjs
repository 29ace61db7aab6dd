/** Jobs of the check, from the project's own image, and the network policies that let them reach the gateways. */
const NAME = 'check';
const labels = { 'app.kubernetes.io/name': NAME, 'app.kubernetes.io/part-of': 'parley' };
const gateways = { matchLabels: { 'app.kubernetes.io/name': 'gateway' } };
const checks = { matchLabels: { 'app.kubernetes.io/name': NAME } };
/** The gateways' own port: policies see a connection after the Service has passed it on. */
const ports = [{ protocol: 'TCP', port: 3000 }];

const policy = (name, spec) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name },
  spec,
});

export const POLICIES = [
  policy('check-to-gateway', {
    podSelector: checks,
    policyTypes: ['Egress'],
    egress: [{ to: [{ podSelector: gateways }], ports }],
  }),
  policy('gateway-from-check', {
    podSelector: gateways,
    policyTypes: ['Ingress'],
    ingress: [{ from: [{ podSelector: checks }], ports }],
  }),
];

/** A Job that runs a program of the image once. Its pod keeps the restricted standard, and may write to /tmp alone. */
export function jobOf(name, image, args) {
  const container = {
    name,
    image,
    args,
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
  };
  const spec = {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [container],
    volumes: [{ name: 'tmp', emptyDir: {} }],
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, labels },
    spec: { backoffLimit: 0, template: { metadata: { labels }, spec } },
  };
}

/** One Job in the cluster, driven by kubectl alone. A pod lives on when a gateway goes; a port forwarded to it would not. */
export class Job {
  constructor(kubectl, name, wait) {
    Object.assign(this, { kubectl, name, wait });
  }

  async start(image, args) {
    await this.kubectl.run(['create', '-f', '-'], { input: JSON.stringify(jobOf(this.name, image, args)) });
  }

  /** What its pod has printed; empty before it runs. */
  async log() {
    const [pod] = await this.pods();
    if (pod === undefined || pod.status.phase === 'Pending') return '';
    return this.kubectl.run(['logs', pod.metadata.name]);
  }

  /**
   * Waits until its output matches.
   * @throws Error with the end of the output when the Job ends before
   */
  until(what, matches) {
    return this.wait(what, async () => {
      // In this order: what it printed before it ended is then in the log.
      const ended = await this.ended();
      const log = await this.log();
      if (matches(log)) return true;
      if (ended !== undefined) throw new Error(`the pod of ${this.name} ended:\n${lastLines(log)}`);
      return false;
    });
  }

  /** Asks the program to end, as Ctrl-C does. */
  async stop() {
    const [pod] = await this.pods();
    await this.kubectl.run(['exec', pod.metadata.name, '--', 'sh', '-c', 'kill -s TERM 1']);
  }

  /** Waits until it has ended. @returns {Promise<{ passed: boolean, log: string }>} */
  async end() {
    await this.wait(`the end of ${this.name}`, async () => (await this.ended()) !== undefined);
    return { passed: (await this.ended()) === 'Complete', log: await this.log() };
  }

  async ended() {
    const { status } = await this.kubectl.json(['get', 'job', this.name]);
    return status?.conditions?.find(
      ({ type, status: holds }) => holds === 'True' && ['Complete', 'Failed'].includes(type),
    )?.type;
  }

  async pods() {
    const { items } = await this.kubectl.json([
      'get',
      'pods',
      '-l',
      `batch.kubernetes.io/job-name=${this.name}`,
    ]);
    return items;
  }
}

export const lastLines = (text, count = 15) => text.trimEnd().split('\n').slice(-count).join('\n');
