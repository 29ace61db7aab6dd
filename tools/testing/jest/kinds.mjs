/** The kinds of test that `npm test` runs, told by the file's name, in the order in which they are started. */
export const KINDS = [
  { name: 'end-to-end', pattern: /\.e2e\.spec\.ts$/ },
  { name: 'integration', pattern: /\.int\.spec\.ts$/ },
  { name: 'deploy and manifests', pattern: /\/(deploy|k8s)\/tests\/[^/]*\.spec\.mjs$/ },
  { name: 'the tree', pattern: /\/scripts\/[^/]*\.spec\.mjs$/ },
  { name: 'unit', pattern: /\.spec\.ts$/ },
];

/** The ends of the names of tests that take minutes by nature, which `npm run check` runs. */
export const LONG = '\\.check\\.spec\\.(ts|mjs)$';

/** The first kind that a path matches; a test outside every kind would be counted nowhere. */
export const kindOf = (path) => KINDS.find(({ pattern }) => pattern.test(path));
