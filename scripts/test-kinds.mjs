/** The kinds of test that `npm test` runs, told by the path. */
export const KINDS = [
  { name: 'end-to-end', pattern: /\.e2e\.spec\.ts$/ },
  { name: 'integration', pattern: /\.int\.spec\.ts$/ },
  { name: 'deploy and manifests', pattern: /\/(deploy|k8s)\/tests\/[^/]*\.spec\.mjs$/ },
  { name: 'the tree', pattern: /\/(scripts|tools\/[^/]*\/tests)\/[^/]*\.spec\.mjs$/ },
  { name: 'unit', pattern: /\.spec\.ts$/ },
];

/** The end of the path of a test that takes minutes by nature: `npm run check` runs it. */
export const LONG = '\\.check\\.spec\\.(ts|mjs)$';

/** The first kind that a path matches; a test outside every kind would be counted nowhere. */
export const kindOf = (path) => KINDS.find(({ pattern }) => pattern.test(path));
