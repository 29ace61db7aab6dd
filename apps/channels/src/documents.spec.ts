import { describe, expect, it } from '@jest/globals';
import { serviceSettings } from '@parley/service-kit';
import { documentedTable, keyRows, settingRows } from '@parley/testing';
import { channelsSettings } from './config.js';
import { KEY_CATALOGUE } from './redis/keys.js';

describe('the documents', () => {
  it('list the settings of channels', () => {
    const own = Object.entries(channelsSettings).filter(([name]) => !(name in serviceSettings));
    expect(documentedTable('docs/operations.md', 'channels')).toEqual(settingRows(Object.fromEntries(own)));
  });

  it('list the keys of channels', () => {
    expect(documentedTable('docs/redis-keys.md', 'channels')).toEqual(keyRows(KEY_CATALOGUE));
  });
});
