import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { LoneService } from './fixtures/lone-service.js';
import { freePort } from './free-port.js';

jest.setTimeout(60_000);

/** The states of starting that take long are in waiting-services.check.spec.ts, with the service that is left out here. */
describe('a service that starts while Redis is away', () => {
  const names = ['auth', 'channels', 'gateway'] as const;
  const services = new Map<string, LoneService>();
  beforeAll(async () => {
    const port = await freePort();
    for (const name of names) services.set(name, LoneService.start(name, port));
  });
  afterAll(() => Promise.all([...services.values()].map((service) => service.stop('SIGKILL'))));

  it.each(names)('%s is alive and not ready, and ends cleanly on SIGTERM', async (name) => {
    const service = services.get(name)!;
    expect(await service.status('/health/live')).toBe(200);
    expect(await service.status('/health/ready')).toBe(503);
    expect(await service.stop()).toMatchObject({ code: 0, stderr: '' });
  });
});
