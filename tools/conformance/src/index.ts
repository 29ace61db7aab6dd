export type { Check, Section } from './check.js';
export { SECTIONS } from './checks/index.js';
export { type Account, type Frame, Peer } from './peer.js';
export { type CheckResult, runSuite, type SuiteOptions } from './run-suite.js';
