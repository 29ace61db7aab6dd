export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/bench', '<rootDir>/scripts', '<rootDir>/k8s'],
  testMatch: ['**/src/**/*.spec.ts', '<rootDir>/scripts/*.spec.mjs', '<rootDir>/k8s/tests/*.spec.mjs'],
  globalSetup: '<rootDir>/scripts/test-redis.mjs',
  globalTeardown: '<rootDir>/scripts/end-test-redis.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^@parley/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2022',
        },
        module: { type: 'es6' },
      },
    ],
  },
};
