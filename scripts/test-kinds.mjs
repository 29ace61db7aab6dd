/** The end of the path of a test that takes minutes. `npm run check` runs these, and `npm test` the others. */
export const LONG = '\\.check\\.spec\\.(ts|mjs)$';

/** The kinds of test, recognised by their path. */
export const KINDS = [
  { name: 'long', pattern: new RegExp(LONG) },
  { name: 'browser', pattern: /\.browser\.spec\.ts$/ },
  { name: 'end-to-end', pattern: /\.e2e\.spec\.ts$/ },
  { name: 'integration', pattern: /\.int\.spec\.ts$/ },
  { name: 'deploy and manifests', pattern: /\/(deploy|k8s)\/tests\/[^/]*\.spec\.mjs$/ },
  { name: 'the tree', pattern: /\.spec\.mjs$/ },
  { name: 'unit', pattern: /\.spec\.ts$/ },
];

/** The first kind that a path matches. A test of no kind would not be counted anywhere. */
export const kindOf = (path) => KINDS.find(({ pattern }) => pattern.test(path));
