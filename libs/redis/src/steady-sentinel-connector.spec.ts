import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { SentinelConnector } from 'ioredis';
import { SteadySentinelConnector } from './steady-sentinel-connector.js';

describe('the connector to a master behind Sentinels', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('ends the detector together with its connection, however that ends', async () => {
    const connection = new EventEmitter();
    const connects = jest.spyOn(SentinelConnector.prototype, 'connect');
    connects.mockResolvedValue(connection as never);
    const connector = new SteadySentinelConnector({
      sentinels: [{ host: '127.0.0.1', port: 1 }],
      name: 'parley',
    });
    await connector.connect(() => undefined);
    let cleanUps = 0;
    Object.assign(connector, { failoverDetector: { cleanup: () => (cleanUps += 1) } });
    connection.emit('close');
    expect(cleanUps).toBe(1);
  });
});
