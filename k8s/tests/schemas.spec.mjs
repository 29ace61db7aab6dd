import { describe, expect, it } from '@jest/globals';
import { writtenObjects } from './manifests.mjs';
import { typeFaults, valueFaults } from './schemas.mjs';
import { named, podOf } from './workloads.mjs';

const spoilt = (spoil) => {
  const all = writtenObjects();
  spoil(podOf(named(all, 'Deployment', 'auth')), all);
  return all;
};

describe('the schemas of Kubernetes', () => {
  it('take what is written', async () => {
    const all = writtenObjects(['base', 'cluster', 'components']);
    expect(all.length).toBeGreaterThan(30);
    expect(typeFaults(all)).toEqual([]);
    expect(await valueFaults(all)).toEqual([]);
  });

  it('refuse a field that they do not know, in 1.30 and in the newest', () => {
    const faults = typeFaults(spoilt((pod) => (pod.containers[0].readynessProbe = {})));
    expect(faults).toHaveLength(2);
    expect(faults[0]).toMatch(/^Deployment auth: .*readynessProbe/);
  });

  it('refuse a field that the Prometheus operator does not know', () => {
    const faults = typeFaults(
      spoilt((_pod, all) => (named(all, 'ServiceMonitor', 'parley').spec.endpoint = [])),
    );
    expect(faults).toHaveLength(1);
  });

  it.each([
    ['a quantity', (pod) => (pod.containers[0].resources.limits.memory = '512MB')],
    ['a number', (pod) => (pod.terminationGracePeriodSeconds = '15 s')],
    ['what is required', (pod) => delete pod.containers[0].name],
    [
      'a duration',
      (_pod, all) => (named(all, 'PrometheusRule', 'parley').spec.groups[0].rules[0].for = '2 minutes'),
    ],
  ])('refuse what is not %s', async (_title, spoil) => {
    expect(await valueFaults(spoilt(spoil))).toHaveLength(1);
  });
});
