import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { aclUsers } from '../../libs/redis/dist/index.js';
import { nodeOptions } from '../../tools/local-stack/dist/index.js';
import { folder, kubectlIsHere, objectsOf, renderOverlay } from './manifests.mjs';
import { rules } from './rules.mjs';
import { typeFaults, valueFaults } from './schemas.mjs';
import { appNames, environmentOf } from './settings-rules.mjs';
import { spoilt } from './spoilt.mjs';
import { coresOf, named, nameOf, ofKind } from './workloads.mjs';

const adding = (component) => (text) =>
  text.replace(/^images:/m, `  - ../../components/${component}\nimages:`);
const withCluster = (text) => text.replace('components/redis-ha', 'components/redis-cluster');
const withTls = (text) => adding('monitoring')(adding('ingress')(text));
const withRedisTls = (text) =>
  text.replace(/components\/redis-(single|ha).*/, '$&\n  - ../../components/redis-tls');
const rendered = [
  ['local', 'local', (text) => text],
  ['local with ingress and monitoring', 'local', withTls],
  ['production', 'production', (text) => text],
  ['local with TLS to Redis', 'local', withRedisTls],
  ['production with TLS to Redis', 'production', withRedisTls],
  ['production with redis-cluster', 'production', withCluster],
  ['production on a bare cluster', 'production', adding('bare-cluster')],
];
const renderings = {};
/** The objects of one of these, rendered once. */
const render = (title) => {
  const [, overlay, change] = rendered.find(([each]) => each === title);
  renderings[title] ??= renderOverlay(overlay, change);
  return renderings[title];
};
const componentsOf = (text) => [...text.matchAll(/^ {2}- .*components\/(\S+)/gm)].map(([, name]) => name);
const read = (path) => readFileSync(join(folder, path), 'utf8');

if (!kubectlIsHere)
  console.warn('kubectl is not on this machine: the overlays are not rendered, only the files are checked.');
const describeRendered = kubectlIsHere ? describe : describe.skip;

describe('the base', () => {
  it.each(appNames)('runs %s with the options of Node that the other ways to run it have', (app) => {
    const [{ spec }] = ofKind(objectsOf(`base/${app}.yaml`), 'Deployment');
    const [{ args }] = spec.template.spec.containers;
    expect(args).toEqual([...nodeOptions[app], `apps/${app}/dist/main.js`]);
  });
});

describeRendered.each(rendered)('the overlay %s', (title) => {
  let objects;
  beforeAll(async () => {
    objects = await render(title);
  });

  it.each(Object.keys(rules))('keeps the rule %s', async (name) => {
    expect(await rules[name](objects)).toEqual([]);
  });

  it('is in the namespace of k8s/cluster, which takes restricted pods alone', () => {
    const [namespace] = objectsOf('cluster/namespace.yaml');
    expect(namespace.metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    expect(new Set(objects.map(({ metadata }) => metadata.namespace))).toEqual(
      new Set([namespace.metadata.name]),
    );
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

describeRendered('the rules for an overlay', () => {
  it.each(spoilt)('refuse %s', async (_title, rule, spoil) => {
    const all = JSON.parse(JSON.stringify(await render('production with redis-cluster')));
    expect(rules[rule](all)).toEqual([]);
    spoil(all);
    expect(rules[rule](all)).not.toEqual([]);
  });
});

describeRendered('the overlays', () => {
  it('are rendered with every component', () => {
    const used = rendered.flatMap(([, overlay, change]) =>
      componentsOf(change(read(`overlays/${overlay}/kustomization.yaml`))),
    );
    const all = readdirSync(join(folder, 'components')).filter((name) => name !== 'redis');
    expect(all.filter((name) => !used.includes(name))).toEqual([]);
  });

  it('have only objects that the schemas of Kubernetes take', async () => {
    const all = await Promise.all(rendered.map(([title]) => render(title)));
    // Secrets differ with each rendering, and an object that several overlays have is checked once.
    const different = [...new Map(all.flat().map((object) => [JSON.stringify(object), object])).values()];
    expect(typeFaults(different)).toEqual([]);
    expect(await valueFaults(different)).toEqual([]);
  });

  it('stay small on one machine: no autoscaler, at most two pods of a kind, less than one core', async () => {
    const local = await render('local');
    expect(ofKind(local, 'HorizontalPodAutoscaler')).toEqual([]);
    const replicas = [...ofKind(local, 'Deployment'), ...ofKind(local, 'StatefulSet')].map(
      ({ spec }) => spec.replicas ?? 1,
    );
    expect(Math.max(...replicas)).toBe(2);
    expect(coresOf(local)).toBeLessThan(1);
  });

  it('say how many cores production needs', async () => {
    const said = (pattern) => Number(pattern.exec(read('overlays/production/kustomization.yaml'))?.[1]);
    expect(said(/(\S+) cores free/)).toBe(coresOf(await render('production')));
    expect(said(/with (\S+) cores\./)).toBe(coresOf(await render('production on a bare cluster')));
  });

  it('need no add-on on a bare cluster, and say which in production', async () => {
    const bare = await render('production on a bare cluster');
    const production = await render('production');
    expect(bare.filter(needsAddOn).map(nameOf)).toEqual([]);
    const needy = production.filter(needsAddOn).map(({ kind }) => kind);
    expect(new Set(needy)).toEqual(
      new Set(['HorizontalPodAutoscaler', 'Ingress', 'PrometheusRule', 'ServiceMonitor']),
    );
    const comment = read('overlays/production/kustomization.yaml');
    for (const word of ['ServiceMonitor', 'PrometheusRule', 'gateway_connections', 'ingress controller'])
      expect(comment).toContain(word);
    const ofBare = ({ kind, metadata }) => named(bare, kind, metadata.name) !== undefined;
    const gone = production.filter(
      (object) => !ofBare(object) && !['ConfigMap', 'Secret'].includes(object.kind),
    );
    expect(gone.map(nameOf).sort()).toEqual([
      'Ingress gateway',
      'PrometheusRule parley',
      'ServiceMonitor parley',
    ]);
  });
});

/** Whether a plain cluster cannot serve it: kinds of others, metrics of others, an Ingress without a controller. */
const needsAddOn = ({ apiVersion, kind, spec }) =>
  apiVersion.startsWith('monitoring.coreos.com/') ||
  kind === 'Ingress' ||
  (spec?.metrics ?? []).some(({ type }) => type !== 'Resource');

describe('what the overlays need first', () => {
  it('is a namespace and a class that give Redis precedence, and the schemas take both', async () => {
    const objects = ['namespace', 'priority-class'].flatMap((name) => objectsOf(`cluster/${name}.yaml`));
    expect(objects.map(nameOf)).toEqual(['Namespace parley', 'PriorityClass parley-redis']);
    expect(await valueFaults(objects)).toEqual([]);
  });
});
