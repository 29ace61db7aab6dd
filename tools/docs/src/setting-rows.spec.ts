import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { settingRows } from './setting-rows.js';

describe('settingRows', () => {
  it('tells what a setting is without a value, what it accepts and what it means', () => {
    const shape = {
      KEY: z.string('expected a key').regex(/^k$/, 'expected a key').describe('Opens the door'),
      NAME: z.string().optional().describe('On the door'),
      SIZE: z.enum(['small', 'large']).default('small').describe('Of the door'),
    };
    const row = (setting: string, initial: string, accepts: string, meaning: string) => ({
      setting,
      default: initial,
      accepts,
      meaning,
    });
    expect(settingRows(shape)).toEqual([
      row('`KEY`', 'required', 'a key', 'Opens the door'),
      row('`NAME`', '', 'any text', 'On the door'),
      row('`SIZE`', '`small`', 'one of "small", "large"', 'Of the door'),
    ]);
  });

  it('refuses a setting without a description', () => {
    expect(() => settingRows({ NAME: z.string() })).toThrow(/NAME has no description/);
  });
});
