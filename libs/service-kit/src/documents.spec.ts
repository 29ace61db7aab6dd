import { describe, expect, it } from '@jest/globals';
import { documentedTable, metricRows, settingRows } from '@parley/testing';
import './redis-metrics.js';
import './rpc-metrics.js';
import { serviceSettings } from './settings.js';

describe('docs/operations.md', () => {
  it('lists the settings of every service', () => {
    expect(documentedTable('docs/operations.md', 'Every service')).toEqual(settingRows(serviceSettings));
  });

  it('lists the metrics of every service', async () => {
    const rows = [...(await metricRows('redis_')), ...(await metricRows('rpc_'))];
    expect(documentedTable('docs/operations.md', 'Metrics of every service')).toEqual(rows);
  });
});
