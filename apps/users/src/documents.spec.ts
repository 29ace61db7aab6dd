import { describe, expect, it } from '@jest/globals';
import { serviceSettings } from '@parley/service-kit';
import { documentedTable, keyRows, metricRows, settingRows } from '@parley/testing';
import { usersSettings } from './config.js';
import { KEY_CATALOGUE } from './redis/keys.js';
import './metrics.js';

describe('the documents', () => {
  it('list the settings of users', () => {
    const own = Object.entries(usersSettings).filter(([name]) => !(name in serviceSettings));
    expect(documentedTable('docs/operations.md', 'users')).toEqual(settingRows(Object.fromEntries(own)));
  });

  it('list the keys of users', () => {
    expect(documentedTable('docs/redis-keys.md', 'users')).toEqual(keyRows(KEY_CATALOGUE));
  });

  it('list the metrics of users', async () => {
    expect(documentedTable('docs/operations.md', 'Metrics of users')).toEqual(await metricRows('users_'));
  });
});
