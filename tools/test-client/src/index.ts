export { type AnyFrame, readNonsense, TestClient, type TestClientOptions } from './test-client.js';
