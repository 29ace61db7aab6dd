import { expect, it } from '@jest/globals';
import { LoadGenerator, PARLEY_DIALECT } from '@parley/load-generator';
import { FaultyServer } from './fixtures/faulty-server.js';

const CONNECTIONS = 5;

it('has every connection come back once from a cut at the very end of a run', async () => {
  const server = new FaultyServer('none');
  const seating = {
    urls: [await server.start()],
    connections: CONNECTIONS,
    senders: 0,
    rooms: 0,
    accounts: 1,
  };
  const dialect = { module: PARLEY_DIALECT };
  const generator = await LoadGenerator.open({
    ...seating,
    dialect,
    threads: 1,
    messageBytes: 60,
    rampMs: 0,
  });
  try {
    const { entries } = await generator.run({ rate: 0, warmupMs: 0, durationMs: 50, stormAfterMs: 50 });
    expect(entries.totalCount).toBe(CONNECTIONS);
  } finally {
    await generator.close();
    await server.stop();
  }
});
