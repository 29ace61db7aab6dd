export default {
  extends: ['@commitlint/config-conventional'],
  rules: {
    // As wide as the code.
    'header-max-length': [2, 'always', 120],
    // A subject may begin with a name: Redis, Cluster, Lua.
    'subject-case': [0],
  },
};
