import { describe, expect, it } from '@jest/globals';
import { boundaryFaults } from './boundaries.mjs';

const project = (name, tags, rest = {}) => ({
  name: `@parley/${name}`,
  tags,
  dependencies: [],
  devDependencies: [],
  references: [],
  graph: [],
  sources: [],
  ...rest,
});
/** A project that imports, declares and refers to the same ones. */
const dependent = (name, tags, ...targets) => {
  const names = targets.map((target) => `@parley/${target}`);
  const sources = [{ file: `${name}.ts`, test: false, specifiers: names, leaves: [] }];
  return project(name, tags, { dependencies: names, references: names, graph: names, sources });
};
const source = (specifiers, rest = {}) => ({ file: 'a.ts', test: false, specifiers, leaves: [], ...rest });

const node = (type) => [`type:${type}`, 'platform:node'];
const protocol = project('protocol', ['type:protocol', 'platform:any']);
const redis = dependent('redis', node('redis'), 'protocol');
const testing = project('testing', node('testing'));
const auth = dependent('auth', node('app'), 'protocol', 'redis');

describe('the boundaries between projects', () => {
  it('let through what the table allows and everything declares', () => {
    expect(boundaryFaults([protocol, redis, auth], [])).toEqual([]);
  });

  it('refuse an app that depends on an app', () => {
    const users = dependent('users', node('app'), 'auth');
    expect(boundaryFaults([protocol, redis, auth, users], [])).toEqual([
      '@parley/users (type:app) may not depend on @parley/auth (type:app,platform:node)',
    ]);
  });

  it('refuse an edge that only Nx found', () => {
    const users = project('users', node('app'), { graph: ['@parley/auth'] });
    expect(boundaryFaults([protocol, redis, auth, users], [])).toHaveLength(1);
  });

  it('refuse code for browsers that depends on code for Node', () => {
    const contracts = dependent('contracts', ['type:contracts', 'platform:any'], 'protocol');
    const forNode = { ...protocol, tags: node('protocol') };
    expect(boundaryFaults([forNode, contracts], [])).toEqual([
      '@parley/contracts (platform:any) may not depend on @parley/protocol (type:protocol,platform:node)',
    ]);
  });

  it('refuse any sibling to the protocol', () => {
    const contracts = project('contracts', ['type:contracts', 'platform:any']);
    const reaching = dependent('protocol', ['type:protocol', 'platform:any'], 'contracts');
    expect(boundaryFaults([contracts, reaching], [])).toHaveLength(1);
  });

  it.each(['node:fs', 'fs'])('refuse %s in code for browsers, and leave it to its tests', (specifier) => {
    const sources = [source([specifier]), source([specifier], { test: true })];
    expect(boundaryFaults([{ ...protocol, sources }], [])).toEqual([
      `a.ts runs in a browser too: no ${specifier}`,
    ]);
  });

  it('refuse a project without a known type or platform', () => {
    expect(boundaryFaults([project('stray', ['type:whatever'])], [])).toHaveLength(2);
  });

  it('refuse an import that package.json and tsconfig.json do not name', () => {
    const kit = project('kit', node('kit'), { sources: [source(['@parley/protocol'])] });
    expect(boundaryFaults([protocol, kit], [])).toEqual([
      "a.ts imports @parley/protocol, which @parley/kit's package.json does not declare",
      '@parley/kit imports @parley/protocol and its tsconfig.json does not refer to it',
    ]);
  });

  it('refuse a declaration that nothing imports', () => {
    const names = ['@parley/protocol'];
    const kit = project('kit', node('kit'), { dependencies: names, references: names });
    expect(boundaryFaults([protocol, kit], [])).toHaveLength(2);
  });

  it('let tests, and only tests, use what is for tests', () => {
    const names = ['@parley/testing'];
    const tests = [source(names, { test: true })];
    const kit = project('kit', node('kit'), { devDependencies: names, references: names, sources: tests });
    expect(boundaryFaults([testing, kit], [])).toEqual([]);
    expect(boundaryFaults([testing, { ...kit, sources: [source(names)] }], [])).toHaveLength(1);
    expect(boundaryFaults([testing, dependent('kit', node('kit'), 'testing')], [])).toHaveLength(1);
  });

  it('refuse a path into another project, by a relative import or past its exports', () => {
    const sources = [source(['@parley/protocol/dist/x.js'], { leaves: ['../../auth/src/x.js'] })];
    const faults = boundaryFaults([protocol, { ...redis, sources }], []);
    expect(faults).toEqual([
      'a.ts leaves its project by ../../auth/src/x.js',
      'a.ts reaches into @parley/protocol/dist/x.js: import @parley/protocol',
    ]);
  });
});
