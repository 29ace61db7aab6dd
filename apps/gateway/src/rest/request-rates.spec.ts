import { describe, expect, it } from '@jest/globals';
import { charge, RequestRates } from './request-rates.js';

describe('the rate of requests', () => {
  it('is one for all requests of a user, and is told in headers', () => {
    const rates = new RequestRates({ perSecond: 1, burst: 3 });
    charge(rates.ofUser('ada'));
    charge(rates.ofUser('ada'));
    expect(rates.headersOf(rates.ofUser('ada'))).toEqual({
      'ratelimit-policy': '"requests";q=3;w=3',
      ratelimit: expect.stringMatching(/^"requests";r=1;t=[12]$/),
    });
    expect(rates.headersOf(rates.ofUser('bob'))).toMatchObject({ ratelimit: '"requests";r=3;t=0' });
  });

  it('refuses what is too much, and says when to come back', () => {
    const rates = new RequestRates({ perSecond: 1, burst: 1 });
    charge(rates.ofUser('ada'));
    expect(() => charge(rates.ofUser('ada'))).toThrow(
      expect.objectContaining({ name: 'RATE_LIMITED', retryAfterMs: expect.any(Number) }),
    );
    charge(rates.ofUser('bob'));
  });

  it('is one for an IPv6 network without a session', () => {
    const rates = new RequestRates({ perSecond: 1, burst: 1 });
    charge(rates.ofAddress('2001:db8::1'));
    expect(() => charge(rates.ofAddress('2001:db8::2'))).toThrow();
    charge(rates.ofAddress('2001:db8:0:1::1'));
  });

  it('refuses nothing, and tells nothing, without a limit', () => {
    const rates = new RequestRates(undefined);
    for (let n = 0; n < 1_000; n += 1) charge(rates.ofUser('ada'));
    expect(rates.headersOf(rates.ofUser('ada'))).toEqual({});
  });
});
