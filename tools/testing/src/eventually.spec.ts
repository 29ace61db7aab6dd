import { describe, expect, it } from '@jest/globals';
import { eventually } from './eventually.js';

describe('eventually', () => {
  it('returns what the probe returns once it neither throws nor returns false', async () => {
    let calls = 0;
    const probe = () => {
      calls += 1;
      if (calls === 1) throw new Error('not yet');
      return calls === 2 ? false : calls;
    };
    await expect(eventually(probe, { everyMs: 1 })).resolves.toBe(3);
  });

  it('rejects with the last failure when the time is over', async () => {
    const probe = () => {
      throw new Error('never');
    };
    await expect(eventually(probe, { timeoutMs: 5, everyMs: 1 })).rejects.toThrow('never');
  });

  it('names the time when the probe only returned false', async () => {
    await expect(eventually(() => false, { timeoutMs: 5, everyMs: 1 })).rejects.toThrow('5 ms');
  });
});
