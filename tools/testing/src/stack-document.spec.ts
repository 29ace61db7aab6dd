import { describe, expect, it } from '@jest/globals';
import { stackSettings } from '@parley/local-stack';
import { redisSettings } from '@parley/redis';
import { documentedTable } from './documents.js';
import { settingRows } from './setting-rows.js';

describe('docs/operations.md', () => {
  it('lists the settings of npm start', () => {
    const own = Object.entries(stackSettings).filter(([name]) => !(name in redisSettings));
    expect(documentedTable('docs/operations.md', 'npm start')).toEqual(settingRows(Object.fromEntries(own)));
  });
});
