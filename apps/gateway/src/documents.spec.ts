import { describe, expect, it } from '@jest/globals';
import { serviceSettings } from '@parley/service-kit';
import { documentedTable, settingRows } from '@parley/testing';
import { gatewaySettings } from './config.js';

describe('the documents', () => {
  it('list the settings of the gateway', () => {
    const own = Object.entries(gatewaySettings).filter(([name]) => !(name in serviceSettings));
    expect(documentedTable('docs/operations.md', 'gateway')).toEqual(settingRows(Object.fromEntries(own)));
  });
});
