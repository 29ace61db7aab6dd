import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { testRedis } from '@parley/testing';
import { firstValueFrom } from 'rxjs';
import type { WorkDone, WorkOrder } from './fixtures/replica-order.js';
import { Replicas } from './fixtures/replicas.js';
import { TestParts } from './fixtures/test-service.js';
import type { RedisTransportClient } from './index.js';

jest.setTimeout(60_000);

const shared = testRedis();
const service = 'computing';

describe('a replica whose handler computes', () => {
  const replicas = new Replicas();
  const parts = new TestParts({ prefix: shared.prefix, connect: () => shared.connect() });

  afterAll(async () => {
    await replicas.endAll();
    await parts.close();
  });

  it('leaves requests that arrive meanwhile to the others', async () => {
    const port = Number(new URL(shared.url).port);
    // Longer than it computes: it is alive, and nothing is taken over from it.
    const limits = { takeOverAfterMs: 10_000 };
    const order = { kind: 'streams', port, prefix: shared.prefix, service, limits } as const;
    await Promise.all([replicas.start(order), replicas.start(order)]);
    // Two clients: what one of them asks for in one turn goes to one replica together.
    const [first, second] = [parts.client({ service }), parts.client({ service })];
    const ask = (client: RedisTransportClient, work: WorkOrder) =>
      firstValueFrom(client.send<WorkDone>('work', work));
    await Promise.all([first.connect(), second.connect()]);

    const computed = ask(first, { n: 1, computesMs: 2_000 });
    const others: WorkDone[] = [];
    for (let n = 2; n < 12; n++) others.push(await ask(second, { n }));

    const { pid } = await computed;
    expect(others.map((other) => other.pid)).not.toContain(pid);
  });
});
