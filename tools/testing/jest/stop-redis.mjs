// Jest's globalTeardown.
export default async function endTestRedis() {
  await globalThis.testRedis?.stop();
}
