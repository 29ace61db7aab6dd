import { describe, expect, it } from '@jest/globals';
import { Admission, type AdmissionOptions, type Guest } from './admission.js';

/** An admission, and guests of it who note who had to give way. */
function house(options: Partial<AdmissionOptions> = {}) {
  const admission = new Admission({ maxConnections: 40, perAddress: 0, perUser: 0, ...options });
  const gone: string[] = [];
  const come = (name: string, address: string): Guest => {
    const guest = { address, giveWay: () => void gone.push(name) };
    admission.enter(guest);
    return guest;
  };
  return { admission, gone, come };
}

describe('the admission', () => {
  it('lets a quarter be without a session; then the longest-waiting of the address with most gives way', () => {
    const { admission, gone, come } = house();
    come('first', '203.0.113.1');
    for (let n = 0; n < 5; n += 1) come(`a${n}`, '198.51.100.1');
    for (let n = 0; n < 4; n += 1) come(`b${n}`, '198.51.100.2');
    expect(admission.waiting).toBe(10);
    expect(gone).toEqual([]);
    come('new', '203.0.113.2');
    expect(gone).toEqual(['a0']);
    come('newer', '203.0.113.3');
    // Two addresses have four: either may be first, and nobody else.
    expect(['a1', 'b0']).toContain(gone[1]);
    expect(admission.waiting).toBe(10);
  });

  it('counts the addresses of one IPv6 /64 as one', () => {
    const { gone, come } = house({ maxConnections: 8 });
    come('one', '203.0.113.1');
    come('six', '2001:db8:1:2::1');
    come('seven', '2001:db8:1:2:ffff::7');
    expect(gone).toEqual(['six']);
  });

  it('asks nobody to give way who has signed in, and counts one who has signed out', () => {
    const { admission, gone, come } = house({ maxConnections: 8 });
    const [one, two] = [come('one', '203.0.113.1'), come('two', '203.0.113.1')];
    admission.stopWaiting(one);
    come('three', '203.0.113.1');
    expect(gone).toEqual([]);
    admission.wait(one);
    expect(gone).toEqual(['two']);
    admission.leave(two);
    expect(admission.waiting).toBe(2);
  });

  it('refuses beyond the limit of one address, and beyond all, until one has gone', () => {
    const { admission, come } = house({ maxConnections: 3, perAddress: 2 });
    const first = come('one', '203.0.113.1');
    admission.stopWaiting(first);
    admission.stopWaiting(come('two', '203.0.113.1'));
    expect(admission.refusal('203.0.113.1')).toBe('address');
    expect(admission.refusal('203.0.113.2')).toBeUndefined();
    admission.stopWaiting(come('three', '203.0.113.2'));
    expect(admission.refusal('203.0.113.3')).toBe('full');
    admission.leave(first);
    expect(admission.refusal('203.0.113.1')).toBeUndefined();
  });

  it('refuses a user beyond the limit with LIMIT_REACHED, until one has gone', () => {
    const { admission } = house({ perUser: 2 });
    admission.claim('ann');
    admission.claim('ann');
    expect(() => admission.claim('ann')).toThrow(expect.objectContaining({ name: 'LIMIT_REACHED' }));
    admission.claim('bob');
    admission.unclaim('ann');
    admission.claim('ann');
  });

  it('keeps nothing of those who have gone, in whatever order they go', () => {
    const { admission, come } = house();
    const guests = Array.from({ length: 30 }, (_, n) => come(`${n}`, `203.0.113.${n % 7}`));
    for (const [n, guest] of guests.entries()) if (n % 3 === 0) admission.stopWaiting(guest);
    for (const guest of guests.toReversed()) admission.leave(guest);
    for (const guest of guests) admission.leave(guest);
    expect(admission.waiting).toBe(0);
    expect(Object.values(admission).filter((part) => part instanceof Map && part.size > 0)).toEqual([]);
  });
});
