import { describe, expect, it } from '@jest/globals';
import { Admission } from './admission.js';
import { UserClaim } from './user-claim.js';

describe('UserClaim', () => {
  const setUp = () => {
    const admission = new Admission({ maxConnections: 10, perAddress: 0, perUser: 1 });
    return [new UserClaim(admission), new UserClaim(admission)] as const;
  };

  it('counts a connection once, as that of the last user', () => {
    const [claim, other] = setUp();
    for (const user of ['ada', 'ada', 'bob']) claim.take(user);
    expect([claim.isOf('ada'), claim.isOf('bob')]).toEqual([false, true]);
    other.take('ada');
    expect(() => other.take('bob')).toThrow(expect.objectContaining({ name: 'LIMIT_REACHED' }));
    expect(other.isOf('ada')).toBe(true);
  });

  it('makes room for another connection of the user when it is dropped, once', () => {
    const [claim, other] = setUp();
    claim.take('ada');
    for (let times = 0; times < 2; times += 1) claim.drop();
    expect(claim.isOf(undefined)).toBe(true);
    other.take('ada');
    expect(() => claim.take('ada')).toThrow(expect.objectContaining({ name: 'LIMIT_REACHED' }));
  });
});
