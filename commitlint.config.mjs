export default {
  extends: ['@commitlint/config-conventional'],
  rules: {
    // A subject may begin with a name: Redis, Cluster, Lua.
    'subject-case': [0],
  },
};
