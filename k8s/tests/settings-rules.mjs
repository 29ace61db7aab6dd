import { authSettings, readAuthSettings } from '../../apps/auth/dist/config.js';
import { channelsSettings, readChannelsSettings } from '../../apps/channels/dist/config.js';
import { gatewaySettings, readGatewaySettings } from '../../apps/gateway/dist/config.js';
import { readUsersSettings, usersSettings } from '../../apps/users/dist/config.js';
import { named, podOf, unless } from './workloads.mjs';

/** The settings of each app and their parsers. */
const apps = {
  auth: { declared: authSettings, read: readAuthSettings },
  users: { declared: usersSettings, read: readUsersSettings },
  channels: { declared: channelsSettings, read: readChannelsSettings },
  gateway: { declared: gatewaySettings, read: readGatewaySettings },
};
/** Settings that Node itself reads. */
const OF_NODE = ['NODE_EXTRA_CA_CERTS'];
export const appNames = Object.keys(apps);

const decode = (secret, key) => Buffer.from(secret.data[key], 'base64').toString();

/** The environment that Kubernetes gives the container of an app. */
export function environmentOf(objects, name) {
  const { env = [], envFrom = [] } = podOf(named(objects, 'Deployment', name)).containers[0];
  const maps = envFrom.map(({ configMapRef, secretRef }) => {
    if (configMapRef) return named(objects, 'ConfigMap', configMapRef.name).data;
    const secret = named(objects, 'Secret', secretRef.name);
    return Object.fromEntries(Object.keys(secret.data).map((key) => [key, decode(secret, key)]));
  });
  const single = env.flatMap(({ name: key, value, valueFrom }) => {
    if (valueFrom === undefined) return [[key, value]];
    const { secretKeyRef } = valueFrom;
    const secret = named(objects, 'Secret', secretKeyRef.name);
    if (secretKeyRef.optional && !(secretKeyRef.key in secret.data)) return [];
    return [[key, decode(secret, secretKeyRef.key)]];
  });
  return Object.assign({}, ...maps, Object.fromEntries(single));
}

/** Each app gets only settings that it declares, with valid values, and listens on the ports that its container announces. */
export const settingsAreRead = (objects) =>
  appNames.flatMap((name) => {
    const environment = environmentOf(objects, name);
    const unknown = Object.keys(environment).filter(
      (key) => !(key in apps[name].declared || OF_NODE.includes(key)),
    );
    const faults = unknown.map((key) => `${name} reads no ${key}`);
    try {
      return [...faults, ...portFaults(objects, name, apps[name].read(environment))];
    } catch (error) {
      return [...faults, `${name}: ${error.message}`];
    }
  });

function portFaults(objects, name, { PORT, HEALTH_PORT, METRICS_HOST, METRICS_PORT }) {
  const { ports } = podOf(named(objects, 'Deployment', name)).containers[0];
  const fault = (kind, listens) => {
    const announced = ports.find((port) => port.name === kind)?.containerPort;
    return unless(announced === listens, `${name} listens on ${listens} and announces ${announced}`);
  };
  return [
    ...fault('http', PORT ?? HEALTH_PORT),
    ...fault('metrics', METRICS_PORT),
    ...unless(METRICS_HOST === '0.0.0.0', `${name} shows its metrics to its own pod alone`),
  ];
}

/** The drain time of a workload, in seconds. */
export const drainSecondsOf = (objects) => (workload) =>
  workload.metadata.name === 'gateway'
    ? readGatewaySettings(environmentOf(objects, 'gateway')).DRAIN_SECONDS
    : 0;
