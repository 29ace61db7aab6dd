import { describe, expect, it } from '@jest/globals';
import { Readiness } from './readiness.js';

describe('Readiness', () => {
  it('names the checks that fail, including ones that throw', async () => {
    const readiness = new Readiness();
    readiness.add('good', () => true);
    readiness.add('bad', async () => false);
    readiness.add('broken', () => Promise.reject(new Error('no connection')));
    expect(await readiness.failing()).toEqual(['bad', 'broken']);
  });

  it('is not ready while it drains, whatever the checks say', async () => {
    const readiness = new Readiness();
    readiness.add('good', () => true);
    expect(await readiness.failing()).toEqual([]);
    readiness.drain();
    expect(await readiness.failing()).toEqual(['draining']);
  });
});
