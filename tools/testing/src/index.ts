export { type AnyFrame, readNonsense, TestClient } from '@parley/test-client';
export { type AdminRun, runAdmin } from './admin-command.js';
export { bundledEntry, bundledProgram } from './bundled-programs.js';
export { CommandWatch, type SeenCommand } from './command-watch.js';
export { pack } from './empty-project.js';
export { type Answering, Endpoint, type Received, withJson } from './endpoint.js';
export { eventually } from './eventually.js';
export { Examples, type RunningExample } from './examples.js';
export { type OwnRedis, startRedis, startWith } from './own-redis.js';
export { median, percentile } from './percentile.js';
export { type OwnCluster, startCluster } from './redis-cluster.js';
export { type OwnSentinel, startSentinel } from './redis-sentinel.js';
export { type SharedRedis, startSharedRedis } from './shared-redis.js';
export {
  type IssuerKey,
  keyPair,
  secondsFromNow,
  secretKey,
  signToken,
  TestIssuer,
} from './test-issuer.js';
export { type TestRedis, testRedis } from './test-redis.js';
