import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { LONG } from './scripts/test-kinds.mjs';
import { bundlePackages } from './tools/build/bundle-packages.mjs';
import { inlineLua } from './tools/build/inline-lua.mjs';

const tools = readdirSync(new URL('tools', import.meta.url)).join('|');

// Tests read each Lua script from `src`. The processes that they start must run the same.
inlineLua();

const swc = (parser) => ({
  jsc: {
    parser,
    transform: { legacyDecorator: true, decoratorMetadata: true, react: { runtime: 'automatic' } },
    target: 'es2022',
  },
  module: { type: 'es6' },
});

export default {
  testEnvironment: 'node',
  roots: [
    '<rootDir>/apps',
    '<rootDir>/libs',
    '<rootDir>/tools',
    '<rootDir>/scripts',
    '<rootDir>/deploy',
    '<rootDir>/k8s',
  ],
  testMatch: ['**/src/**/*.spec.ts', '<rootDir>/scripts/*.spec.mjs', '**/tests/*.spec.mjs'],
  testPathIgnorePatterns: ['/node_modules/', LONG],
  testSequencer: '<rootDir>/jest.sequencer.mjs',
  // Tests wait for other processes most of the time: one more than there are cores keeps these busy.
  maxWorkers: availableParallelism() + 1,
  // Bounds a failure only: machines are shared, and files run beside each other.
  testTimeout: 30_000,
  globalSetup: '<rootDir>/tools/testing/jest/start-redis.mjs',
  globalTeardown: '<rootDir>/tools/testing/jest/stop-redis.mjs',
  extensionsToTreatAsEsm: ['.ts', '.tsx', '.lua'],
  moduleNameMapper: {
    ...(await bundlePackages()),
    [`^@parley/(${tools})$`]: '<rootDir>/tools/$1/src/index.ts',
    '^@parley/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^@parley/([^/]+)/([^/]+)$': '<rootDir>/libs/$1/src/$2.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '\\.lua$': '<rootDir>/tools/build/jest-lua.mjs',
    '^.+\\.ts$': ['@swc/jest', swc({ syntax: 'typescript', decorators: true })],
    '^.+\\.tsx$': ['@swc/jest', swc({ syntax: 'typescript', tsx: true })],
  },
};
