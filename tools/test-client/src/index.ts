export { type AnyFrame, TestClient, type TestClientOptions } from './test-client.js';
