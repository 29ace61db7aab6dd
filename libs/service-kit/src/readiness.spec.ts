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

  it('checks once for all who ask meanwhile, and again for those who ask later', async () => {
    const readiness = new Readiness();
    let checks = 0;
    readiness.add('counted', () => {
      checks += 1;
      return checks > 1;
    });
    const asked = Array.from({ length: 100 }, () => readiness.failing());
    expect(new Set((await Promise.all(asked)).map(String))).toEqual(new Set(['counted']));
    expect(checks).toBe(1);
    expect(await readiness.failing()).toEqual([]);
  });

  it('is not ready while it drains, whatever the checks say', async () => {
    const readiness = new Readiness();
    readiness.add('good', () => true);
    expect(await readiness.failing()).toEqual([]);
    readiness.drain();
    expect(await readiness.failing()).toEqual(['draining']);
  });
});
