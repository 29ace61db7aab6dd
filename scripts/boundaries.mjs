import { builtinModules } from 'node:module';

/** What each type of project may depend on. What is not listed is refused: an app never depends on an app. */
export const mayDependOn = {
  protocol: [],
  transport: [],
  contracts: ['protocol'],
  redis: ['protocol'],
  kit: ['contracts', 'protocol', 'redis', 'transport'],
  stack: ['redis'],
  testing: ['protocol', 'redis', 'stack'],
  conformance: ['protocol'],
  client: ['protocol'],
  faults: ['client', 'protocol', 'stack', 'testing'],
  compose: ['client', 'faults', 'stack', 'testing'],
  load: [],
  'load-test': ['load'],
  app: ['contracts', 'kit', 'protocol', 'redis', 'transport'],
  bench: ['load', 'protocol', 'redis', 'stack', 'testing', 'transport'],
};

/** What the tests of any project may depend on besides, as a development dependency. */
const testsMayDependOn = ['stack', 'testing'];

/** Where a platform's code runs, code of these platforms runs too. */
const mayRunOn = { any: ['any'], node: ['any', 'node'] };

const scope = '@parley/';
const builtins = new Set(builtinModules);

/**
 * @typedef {object} Project
 * @property {string} name
 * @property {string[]} tags
 * @property {string[]} dependencies names of what its package.json declares for its code (dependencies and peers)
 * @property {string[]} devDependencies names of what its package.json declares for its tests
 * @property {string[]} references names of the projects that its tsconfig.json refers to
 * @property {string[]} graph names of the projects that Nx finds it to depend on
 * @property {{file: string, test: boolean, specifiers: string[], leaves: string[]}[]} sources what each file imports;
 *   `leaves`: the relative imports that leave the project
 */

/**
 * What is wrong with the dependencies of these projects, one line for each fault.
 * @param {Project[]} projects
 * @param {string[]} rootDependencies what every test may import, for the workspace's root declares it
 * @returns {string[]}
 */
export function boundaryFaults(projects, rootDependencies) {
  const byName = new Map(projects.map((project) => [project.name, project]));
  return projects.flatMap((project) => [
    ...tagFaults(project),
    ...edgeFaults(project, byName),
    ...importFaults(project, rootDependencies),
    ...declarationFaults(project),
  ]);
}

const tag = (project, kind) =>
  project.tags.filter((each) => each.startsWith(`${kind}:`)).map((each) => each.slice(kind.length + 1));

function tagFaults(project) {
  const known = { type: mayDependOn, platform: mayRunOn };
  return Object.entries(known).flatMap(([kind, table]) => {
    const found = tag(project, kind);
    if (found.length === 1 && Object.hasOwn(table, found[0])) return [];
    return [
      `${project.name} needs one tag ${kind}:… of ${Object.keys(table)}; it has ${found.join() || 'none'}`,
    ];
  });
}

function edgeFaults(project, byName) {
  const [type, platform] = [tag(project, 'type')[0], tag(project, 'platform')[0]];
  const targets = new Set([...project.graph, ...project.dependencies, ...project.devDependencies]);
  return [...targets].flatMap((name) => {
    const target = byName.get(name);
    if (!target) return [];
    const forTests = !project.dependencies.includes(name) && project.devDependencies.includes(name);
    const types = [...(mayDependOn[type] ?? []), ...(forTests ? testsMayDependOn : [])];
    const faults = [];
    if (!types.includes(tag(target, 'type')[0])) {
      faults.push(`${project.name} (type:${type}) may not depend on ${name} (${target.tags.join()})`);
    }
    if (!forTests && !mayRunOn[platform]?.includes(tag(target, 'platform')[0])) {
      faults.push(`${project.name} (platform:${platform}) may not depend on ${name} (${target.tags.join()})`);
    }
    return faults;
  });
}

/** "@scope/name/deep/path" → "@scope/name". */
const packageOf = (specifier) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
const isBuiltin = (specifier) => specifier.startsWith('node:') || builtins.has(specifier);

function importFaults(project, rootDependencies) {
  const runsAnywhere = tag(project, 'platform')[0] === 'any';
  return project.sources.flatMap(({ file, test, specifiers, leaves }) => {
    const declared = [
      ...project.dependencies,
      ...(test ? [...project.devDependencies, ...rootDependencies] : []),
    ];
    return [
      ...leaves.map((specifier) => `${file} leaves its project by ${specifier}`),
      ...specifiers.flatMap((specifier) => {
        if (isBuiltin(specifier))
          return runsAnywhere && !test ? [`${file} runs in a browser too: no ${specifier}`] : [];
        if (specifier.startsWith(scope) && specifier !== packageOf(specifier)) {
          return [`${file} reaches into ${specifier}: import ${packageOf(specifier)}`];
        }
        if (declared.includes(packageOf(specifier))) return [];
        return [`${file} imports ${specifier}, which ${project.name}'s package.json does not declare`];
      }),
    ];
  });
}

/** package.json, tsconfig.json and the imports name the same projects. */
function declarationFaults(project) {
  const imported = (ofTests) =>
    new Set(
      project.sources
        .filter(({ test }) => ofTests || !test)
        .flatMap(({ specifiers }) => specifiers.filter((each) => each.startsWith(scope)).map(packageOf)),
    );
  const [all, byCode] = [imported(true), imported(false)];
  const ours = (names) => names.filter((name) => name.startsWith(scope));
  return [
    ...ours(project.dependencies)
      .filter((name) => !byCode.has(name))
      .map((name) => `${project.name} declares ${name} as a dependency and its code does not import it`),
    ...ours(project.devDependencies)
      .filter((name) => !all.has(name))
      .map((name) => `${project.name} declares ${name} for its tests and they do not import it`),
    ...[...all]
      .filter((name) => !project.references.includes(name))
      .map((name) => `${project.name} imports ${name} and its tsconfig.json does not refer to it`),
    ...project.references
      .filter((name) => !all.has(name))
      .map((name) => `${project.name}'s tsconfig.json refers to ${name}, which it does not import`),
  ];
}
