import { describe, expect, it } from '@jest/globals';
import { serviceSettings } from '@parley/service-kit';
import { documentedTable, keyRows, metricRows, settingRows } from '@parley/testing';
import { authSettings } from './config.js';
import { KEY_CATALOGUE } from './redis/keys.js';
import './metrics.js';

describe('the documents', () => {
  it('list the settings of auth', () => {
    const own = Object.entries(authSettings).filter(([name]) => !(name in serviceSettings));
    expect(documentedTable('docs/operations.md', 'auth')).toEqual(settingRows(Object.fromEntries(own)));
  });

  it('list the keys of auth', () => {
    expect(documentedTable('docs/redis-keys.md', 'auth')).toEqual(keyRows(KEY_CATALOGUE));
  });

  it('list the metrics of auth', async () => {
    expect(documentedTable('docs/operations.md', 'Metrics of auth')).toEqual(await metricRows('auth_'));
  });
});
