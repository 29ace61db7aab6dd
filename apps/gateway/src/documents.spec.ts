import { describe, expect, it } from '@jest/globals';
import { serviceSettings } from '@parley/service-kit';
import { documentedTable, metricRows, settingRows } from '@parley/testing';
import { gatewaySettings } from './config.js';
import './metrics.js';

describe('the documents', () => {
  it('list the settings of the gateway', () => {
    const own = Object.entries(gatewaySettings).filter(([name]) => !(name in serviceSettings));
    expect(documentedTable('docs/operations.md', 'gateway')).toEqual(settingRows(Object.fromEntries(own)));
  });

  it('list the metrics of gateway', async () => {
    expect(documentedTable('docs/operations.md', 'Metrics of gateway')).toEqual(await metricRows('gateway_'));
  });
});
