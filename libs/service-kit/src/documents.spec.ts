import { describe, expect, it } from '@jest/globals';
import { documentedTable, settingRows } from '@parley/testing';
import { serviceSettings } from './settings.js';

describe('docs/operations.md', () => {
  it('lists the settings of every service', () => {
    expect(documentedTable('docs/operations.md', 'Every service')).toEqual(settingRows(serviceSettings));
  });
});
