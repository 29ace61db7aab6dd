import { describe, expect, it } from '@jest/globals';
import { SteadySentinelConnector } from './steady-sentinel-connector.js';

describe('the connector to a master behind Sentinels', () => {
  it('ends the detector of the previous connection when it reconnects', async () => {
    const connector = new SteadySentinelConnector({
      sentinels: [{ host: '127.0.0.1', port: 1 }], // nothing listens there
      name: 'parley',
      sentinelRetryStrategy: () => null,
    });
    let cleanUps = 0;
    Object.assign(connector, { failoverDetector: { cleanup: () => (cleanUps += 1) } });
    await expect(connector.connect(() => undefined)).rejects.toThrow('All sentinels are unreachable');
    expect(cleanUps).toBe(1);
  });
});
