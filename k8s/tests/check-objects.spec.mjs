import { beforeAll, describe, expect, it } from '@jest/globals';
import { Kubectl } from '../check/kubectl.mjs';
import { jobOf, POLICIES } from '../check/pods.mjs';
import { render } from '../check/render.mjs';
import { kubectlIsHere } from './manifests.mjs';
import { typeFaults, valueFaults } from './schemas.mjs';
import { ofKind } from './workloads.mjs';

const NAMESPACE = 'trial';
const inNamespace = (object) => ({ ...object, metadata: { ...object.metadata, namespace: NAMESPACE } });

describe('the Jobs of k8s/check.mjs and their policies', () => {
  const objects = [jobOf('load', 'parley:local', ['apps/load-test/dist/main.js']), ...POLICIES].map(
    inNamespace,
  );

  it.each(Object.entries({ typeFaults, valueFaults }))('have no %s', async (_name, faults) => {
    expect(await faults(objects)).toEqual([]);
  });

  it('keep the restricted standard', () => {
    const { spec } = objects[0].spec.template;
    expect(spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(spec.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });
});

const OVERLAYS = [
  ['local', 2],
  ['production', 3],
];

(kubectlIsHere ? describe : describe.skip).each(OVERLAYS)(
  'the overlay %s in k8s/check.mjs',
  (overlay, gateways) => {
    let rendered;
    beforeAll(async () => {
      const options = { overlay, namespace: NAMESPACE, image: 'mine:1', runId: '1234' };
      rendered = await render(new Kubectl({ namespace: NAMESPACE }), options);
    });

    it('is in a namespace of its own, with the labels of the overlay', () => {
      expect(new Set(rendered.objects.map(({ metadata }) => metadata.namespace))).toEqual(
        new Set([NAMESPACE]),
      );
      expect(rendered.cluster.map(({ kind }) => kind)).not.toContain('Namespace');
      expect(rendered.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    });

    it('runs the image that is asked for, with as many replicas as its autoscalers keep at least', () => {
      const deployments = ofKind(rendered.objects, 'Deployment');
      expect(deployments.map(({ spec }) => spec.template.spec.containers[0].image)).toEqual(
        deployments.map(() => 'mine:1'),
      );
      expect(rendered.gateways).toBe(gateways);
      expect(rendered.leftOut).toEqual(
        expect.arrayContaining(overlay === 'local' ? [] : ['HorizontalPodAutoscaler']),
      );
      expect(ofKind(rendered.objects, 'HorizontalPodAutoscaler')).toEqual([]);
    });

    it('has what its Jobs reach, and the password of the admin that its Redis knows', () => {
      expect(rendered.adminPassword).toMatch(/^[\w-]{40,}$/);
      const names = ofKind(rendered.objects, 'Service').map(({ metadata }) => metadata.name);
      expect(names).toContain('gateway');
      const [gateway] = ofKind(rendered.objects, 'Deployment').filter(
        ({ metadata }) => metadata.name === 'gateway',
      );
      const { matchLabels } = POLICIES[1].spec.podSelector;
      expect(gateway.spec.template.metadata.labels).toMatchObject(matchLabels);
      expect(gateway.spec.template.spec.containers[0].ports[0].containerPort).toBe(
        POLICIES[1].spec.ingress[0].ports[0].port,
      );
    });
  },
);
