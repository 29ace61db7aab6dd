export default {
  extends: ['@commitlint/config-conventional'],
  rules: {
    // A little wider than the code: a list in a terminal still shows it on one line.
    'header-max-length': [2, 'always', 120],
    // A subject may begin with a name: Redis, Cluster, Lua.
    'subject-case': [0],
  },
};
