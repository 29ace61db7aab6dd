import { beforeAll, describe, expect, it } from '@jest/globals';
import { aclUsers } from '../../libs/redis/dist/index.js';
import { alertsHaveMetrics, autoscalersHaveMetrics } from './alert-rules.mjs';
import { kubectlIsHere, renderOverlay } from './manifests.mjs';
import { networkIsClosed } from './network-rules.mjs';
import * as podRules from './pod-rules.mjs';
import * as referenceRules from './reference-rules.mjs';
import { typeFaults, valueFaults } from './schemas.mjs';
import { appNames, drainSecondsOf, environmentOf, settingsAreRead } from './settings-rules.mjs';
import { ofKind } from './workloads.mjs';

const { graceFitsDrain, ...eachPod } = podRules;
const rules = {
  ...eachPod,
  ...referenceRules,
  graceFitsDrain: (objects) => graceFitsDrain(objects, drainSecondsOf(objects)),
  networkIsClosed,
  settingsAreRead,
  alertsHaveMetrics,
  autoscalersHaveMetrics,
  typeFaults,
  valueFaults,
};

const withCluster = (text) => text.replace('components/redis-ha', 'components/redis-cluster');
const rendered = [
  ['local', 'local', (text) => text],
  ['production', 'production', (text) => text],
  ['production with redis-cluster', 'production', withCluster],
];

if (!kubectlIsHere)
  console.warn('kubectl is not on this machine: the overlays are not rendered, only the files are checked.');

(kubectlIsHere ? describe : describe.skip).each(rendered)('the overlay %s', (_title, overlay, change) => {
  let objects;
  beforeAll(async () => {
    objects = await renderOverlay(overlay, change);
  });

  it.each(Object.keys(rules))('keeps the rule %s', async (name) => {
    expect(await rules[name](objects)).toEqual([]);
  });

  it('is in a namespace of its own that takes restricted pods alone', () => {
    const [namespace] = ofKind(objects, 'Namespace');
    expect(namespace.metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    const others = objects
      .filter(({ kind }) => kind !== 'Namespace')
      .map(({ metadata }) => metadata.namespace);
    expect(new Set(others)).toEqual(new Set([namespace.metadata.name]));
  });

  it('names ConfigMaps and Secrets by their content, so that a changed setting rolls the pods', () => {
    const names = [...ofKind(objects, 'ConfigMap'), ...ofKind(objects, 'Secret')].map(
      ({ metadata }) => metadata.name,
    );
    expect(names.filter((name) => !/-[a-z0-9]{10}$/.test(name))).toEqual([]);
  });

  it('gives Redis the users of the services, for the prefix that they use', () => {
    const [{ data }] = ofKind(objects, 'Secret').filter((secret) => secret.data['users.acl']);
    const lines = Buffer.from(data['users.acl'], 'base64').toString().split('\n');
    expect(lines[0]).toBe('user default off ~* &* +@all');
    for (const name of appNames) {
      const { REDIS_PREFIX = 'chat', REDIS_USERNAME } = environmentOf(objects, name);
      const line = lines.find((each) => each.startsWith(`user ${REDIS_USERNAME} on #`));
      expect(line).toContain(aclUsers(REDIS_PREFIX)[name].join(' '));
    }
  });
});
