import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { failuresOf, type LiveStack, startLiveStack } from './fixtures/live-stack.js';

jest.setTimeout(600_000);

describe('two gateway workers on one port', () => {
  let live: LiveStack;

  beforeAll(async () => {
    live = await startLiveStack({ GATEWAY_WORKERS: '2' }, 'shared');
  });

  afterAll(() => live?.remove());

  it('keep the whole protocol', async () => {
    expect(await failuresOf({ urls: live.urls })).toEqual([]);
  });
});
