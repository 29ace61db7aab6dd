// Who may import whom. `npm run lint` refuses the rest; each rule's comment is the message that it prints.
// docs/architecture.md explains the projects and the gateway's folders.
import { projectsOf, SCOPE } from './tools/lint/projects.mjs';

/**
 * Which types of projects each type may depend on. A type stands below all that it depends on, so that there is no cycle.
 * No app depends on an app.
 */
export const MAY_DEPEND_ON = {
  protocol: [],
  transport: [],
  lint: [],
  build: [],
  proc: [],
  'signed-http': [],
  'test-client': [],
  release: [],
  contracts: ['protocol'],
  redis: ['protocol'],
  client: ['protocol'],
  react: ['protocol', 'client'],
  nest: ['protocol', 'signed-http'],
  kit: ['protocol', 'transport', 'contracts', 'redis'],
  load: ['proc'],
  stack: ['contracts', 'redis', 'proc'],
  testing: ['protocol', 'redis', 'stack', 'test-client'],
  app: ['protocol', 'transport', 'contracts', 'redis', 'kit', 'signed-http'],
  'load-test': ['load'],
  web: ['protocol', 'client', 'react'],
  cli: ['protocol', 'client'],
  conformance: ['protocol', 'test-client'],
  faults: ['protocol', 'transport', 'client', 'stack', 'testing'],
  endurance: ['protocol', 'stack', 'testing'],
  compose: ['client', 'stack', 'testing', 'faults'],
  upgrade: ['faults'],
  docs: ['protocol', 'contracts', 'redis', 'kit', 'stack'],
  bench: ['protocol', 'transport', 'proc', 'load', 'redis', 'stack', 'testing'],
};

/** What the tests of every project may depend on besides. */
const TESTS_MAY_DEPEND_ON = ['proc', 'stack', 'testing'];

/** A project of one platform may depend on projects of these. */
export const MAY_RUN_ON = { any: ['any'], node: ['any', 'node'], browser: ['any', 'browser'] };

/** The gateway's folders from the lowest to the highest. Those of one level do not import each other. */
const GATEWAY_LEVELS = [
  ['pacing'],
  ['socket'],
  ['frames', 'delivery'],
  ['channels'],
  ['users'],
  ['rest'],
  ['lifecycle'],
];
const GATEWAY = '^apps/gateway/src/';
/** Every folder may import these. They import none of the gateway's files. */
const GATEWAY_ROOTS = '(config|metrics|gateway-id)\\.ts$';
/** These may import all of the gateway. No folder imports them. */
const GATEWAY_TOP = '(main|app\\.module|bounds|way-in)\\.ts$';

/** Specs, and what stands in a folder of fixtures or tests. */
const testsIn = (folder) => `^${folder}/(.*\\.spec\\.|(|.*/)(fixtures|tests)/)`;
export const TESTS = testsIn('(apps|libs|tools|deploy|k8s|scripts)');

const PROJECT = '^(\\.\\./)*(apps|libs|tools)/';
const PACKAGE = '(^|/)node_modules/';
const OUTSIDE_PROJECTS = '^(deploy|k8s|scripts)/';
/** A sibling is linked in node_modules. One that is not built cannot be resolved and keeps its name. */
const SIBLING = `^(node_modules/)?${SCOPE}`;

/** Parts of a package that its index leaves out, because they need packages, or are sizes, that not everybody wants. */
const PARTS = '(asyncapi|constants|health|metrics|rest|signatures|signed-caller|tracing)';

const projects = projectsOf(process.cwd());
const oneOf = (words) => `(${words.join('|')})`;
const list = (words) => new Intl.ListFormat('en-GB').format(words) || 'nothing';

function gatewayRules() {
  const folders = GATEWAY_LEVELS.flat();
  return [
    {
      name: 'gateway-folders',
      comment: 'a folder or root file of the gateway needs its place in .dependency-cruiser.mjs',
      from: {
        path: GATEWAY,
        pathNot: [`${GATEWAY}(${oneOf(folders)}/|${GATEWAY_ROOTS}|${GATEWAY_TOP})`, TESTS],
      },
      to: {},
    },
    {
      name: 'gateway-roots',
      comment: 'config.ts, metrics.ts and gateway-id.ts import none of the gateway’s files',
      from: { path: GATEWAY + GATEWAY_ROOTS },
      to: { path: GATEWAY },
    },
    ...GATEWAY_LEVELS.flatMap((level, depth) =>
      level.map((folder) => gatewayRule(folder, GATEWAY_LEVELS.slice(0, depth).flat())),
    ),
  ];
}

function gatewayRule(folder, lower) {
  return {
    name: `gateway-${folder}`,
    comment: `of the gateway’s folders, ${folder} imports only ${list([...lower, 'itself'])}`,
    from: { path: `${GATEWAY}${folder}/`, pathNot: TESTS },
    to: { path: GATEWAY, pathNot: [`${GATEWAY}${oneOf([...lower, folder])}/`, GATEWAY + GATEWAY_ROOTS] },
  };
}

function projectRules({ name, folder, types: [type], platforms: [platform] }) {
  const types = MAY_DEPEND_ON[type] ?? [];
  const siblings = (isRight) => {
    const names = projects.filter(isRight).map((project) => project.name);
    return names.length > 0 ? `^(node_modules/)?${oneOf(names)}(/|$)` : '^$';
  };
  const own = name.slice(SCOPE.length);
  const typed = (allowed) => siblings((project) => allowed.includes(project.types[0]));
  return [
    {
      name: `type-of-${own}`,
      comment: `${name} is of type ${type}, which may depend on ${list(types)} only`,
      from: { path: `^${folder}/`, pathNot: TESTS },
      to: { path: SIBLING, pathNot: typed(types) },
    },
    {
      name: `type-of-tests-of-${own}`,
      comment: `tests of ${name}, of type ${type}, may depend on ${list([...types, ...TESTS_MAY_DEPEND_ON])} only`,
      from: { path: testsIn(folder) },
      to: { path: SIBLING, pathNot: typed([...types, ...TESTS_MAY_DEPEND_ON]) },
    },
    {
      name: `platform-of-${own}`,
      comment: `${name} is of platform ${platform}, which may depend on platform ${list(MAY_RUN_ON[platform] ?? [])} only`,
      from: { path: `^${folder}/`, pathNot: TESTS },
      to: {
        path: SIBLING,
        pathNot: siblings(({ platforms }) => MAY_RUN_ON[platform]?.includes(platforms[0])),
      },
    },
  ];
}

const forAnyPlatform = projects.filter(({ platforms }) => platforms[0] === 'any');

const rules = [
  {
    name: 'no-cycle',
    comment: 'these files import each other in a circle; an import of a type counts',
    from: {},
    to: { circular: true },
  },
  {
    name: 'no-test-in-sources',
    comment: 'only tests import tests and fixtures',
    from: { pathNot: TESTS },
    to: { path: TESTS },
  },
  {
    name: 'no-leaving',
    comment: 'a relative import stays in its project: import the other project by its name',
    from: { path: '^((apps|libs|tools)/[^/]+)/' },
    to: { path: '^(\\.\\./)*(apps|libs|tools|deploy|k8s|scripts)/', pathNot: '^$1/' },
  },
  {
    name: 'no-deep-import',
    comment: 'import the package itself: what it offers is in its index',
    from: {},
    to: {
      path: SIBLING,
      pathNot: `^node_modules/${SCOPE}[^/]+/dist/(index|${PARTS})\\.|^${SCOPE}[^/]+(/${PARTS})?$`,
    },
  },
  {
    name: 'only-the-build',
    comment: 'outside the projects, import what this is built to: its path has dist instead of src',
    from: { path: OUTSIDE_PROJECTS },
    to: { path: `${PROJECT}[^/]+/src/` },
  },
  {
    name: 'before-installing',
    comment: 'scripts/ runs before anything is installed and imports no package',
    from: { path: '^scripts/', pathNot: TESTS },
    to: { path: PACKAGE },
  },
  // tools/lint/declarations.mjs sees to siblings, built or not.
  {
    name: 'declared',
    comment: 'neither the package.json of this place nor, for tests, the root’s declares this package',
    from: {},
    to: { path: PACKAGE, pathNot: SIBLING, dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'declared-for-sources',
    comment: 'sources need this package: declare it under dependencies of the project’s package.json',
    from: { path: PROJECT, pathNot: TESTS },
    to: {
      path: PACKAGE,
      pathNot: SIBLING,
      dependencyTypesNot: ['npm', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
    },
  },
  {
    name: 'resolvable',
    comment: 'there is no such file or package; if it is a package, declare it and run npm install',
    from: {},
    // What is built may be missing, and so the modules of Lua scripts are.
    to: { couldNotResolve: true, pathNot: ['^\\.\\..*/dist/', '^\\./[^/]+\\.lua\\.js$', SIBLING] },
  },
  {
    name: 'no-node-in-browsers',
    comment: 'this project is of platform any and runs in browsers: no module of Node',
    from: { path: `^${oneOf(forAnyPlatform.map(({ folder }) => folder))}/`, pathNot: TESTS },
    to: { dependencyTypes: ['core'] },
  },
  ...gatewayRules(),
  ...projects.flatMap(projectRules),
];

export default {
  forbidden: rules.map((rule) => ({ severity: 'error', ...rule })),
  options: {
    // Of the parsers only swc's sees imports of types here: tsc's needs a TypeScript with a JavaScript API.
    parser: 'swc',
    doNotFollow: { path: '(^|/)(node_modules|dist)/' },
    // What is packed of the terminal client.
    exclude: { path: '^apps/cli/bundle/' },
    // The root's devDependencies are there for all tests.
    combinedDependencies: true,
    // A sibling keeps its path in node_modules, which tells an import by name from one by path.
    preserveSymlinks: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
