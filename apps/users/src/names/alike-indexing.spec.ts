import { afterEach, describe, expect, it } from '@jest/globals';
import type { Logger } from '@parley/service-kit';
import { eventually } from '@parley/testing';
import { AlikeIndexing, NAMES_PER_STEP } from './alike-indexing.js';

describe('AlikeIndexing', () => {
  const logged: object[] = [];
  const logger = { info: (fields: object) => logged.push(fields), warn: () => {} } as unknown as Logger;
  let indexing: AlikeIndexing;
  afterEach(() => indexing.onModuleDestroy());

  it('takes bounded steps until every name is noted, and says so once', async () => {
    const left = [100, 100, 20, 0, 0];
    const asked: number[] = [];
    const indexAlikes = async (most: number) => {
      asked.push(most);
      return left.shift() ?? 0;
    };
    indexing = new AlikeIndexing({ indexAlikes }, logger);
    indexing.onApplicationBootstrap();
    await eventually(() => expect(logged).toEqual([{ names: 220 }]));
    expect(asked).toEqual(Array(4).fill(NAMES_PER_STEP));
  });
});
