import { describe, expect, it } from '@jest/globals';
import type { WritePacket } from '@nestjs/microservices';
import { RedisTransportError } from '../transport-error.js';
import { PendingRequest, type RequestOutcome } from './pending-request.js';

function setUp(inParts = false) {
  const packets: WritePacket[] = [];
  const ends: RequestOutcome[] = [];
  const request = new PendingRequest(1, '{}', 1_000, { inParts }, (packet) => packets.push(packet), {
    ended: (_, outcome) => ends.push(outcome),
    unheard: () => undefined,
  });
  return { request, packets, ends, values: () => packets.map(({ response }) => response) };
}

describe('PendingRequest', () => {
  it('delivers values in order, and ends with the last', () => {
    const { request, values, ends } = setUp();
    request.receive(0, { response: 'a' });
    request.receive(1, { response: 'b' });
    expect(ends).toEqual([]);
    request.receive(2, { response: 'c', isDisposed: true });
    expect(values()).toEqual(['a', 'b', 'c']);
    expect(ends).toEqual(['replied']);
  });

  it('drops values that it has already had, as after a crash or a broken connection', () => {
    const { request, values } = setUp();
    for (const [place, response] of [
      [0, 'a'],
      [1, 'b'],
      [0, 'a'],
      [1, 'b'],
      [2, 'c'],
    ] as const) {
      request.receive(place, { response });
    }
    expect(values()).toEqual(['a', 'b', 'c']);
  });

  it('holds back values that arrive before an earlier one', () => {
    const { request, values, ends } = setUp();
    request.receive(2, { response: 'c', isDisposed: true });
    request.receive(1, { response: 'b' });
    expect(values()).toEqual([]);
    request.receive(0, { response: 'a' });
    expect(values()).toEqual(['a', 'b', 'c']);
    expect(ends).toEqual(['replied']);
  });

  it('passes on parts of any run and in any order', () => {
    const { request, values, ends } = setUp(true);
    request.receive(0, { response: 'a of the first run' });
    request.receive(2, { response: 'c of the second run' });
    request.receive(0, { response: 'a and b of the second run', isDisposed: true });
    expect(values()).toEqual(['a of the first run', 'c of the second run', 'a and b of the second run']);
    expect(ends).toEqual(['replied']);
  });

  it('does not hold back without limit', () => {
    const { request, packets } = setUp();
    for (let place = 1; place <= 1_025; place++) request.receive(place, { response: place });
    expect(packets).toEqual([{ err: expect.objectContaining({ code: 'UNAVAILABLE' }), isDisposed: true }]);
  });

  it('ends once', () => {
    const { request, packets, ends } = setUp();
    request.fail(new RedisTransportError('CLOSED', 'closed'));
    request.expire();
    request.receive(0, { response: 1, isDisposed: true });
    expect(packets).toHaveLength(1);
    expect(ends).toEqual([expect.objectContaining({ code: 'CLOSED' })]);
  });

  it('does not say that nothing was done when a copy of it may have been handled', () => {
    const once = setUp();
    once.request.fail(new RedisTransportError('OVERLOADED', 'full', { retryAfterMs: 70 }));
    expect(once.packets[0]?.err).toMatchObject({ code: 'OVERLOADED', retryAfterMs: 70 });
    const again = setUp();
    again.request.mayBeHandled = true;
    again.request.fail(new RedisTransportError('OVERLOADED', 'full', { retryAfterMs: 70 }));
    expect(again.packets[0]?.err).toMatchObject({ code: 'UNAVAILABLE', retryable: true, retryAfterMs: 70 });
    expect(again.ends).toEqual([expect.objectContaining({ code: 'UNAVAILABLE' })]);
  });

  it('says whether Redis had it when its deadline passed', () => {
    const waiting = setUp();
    waiting.request.expire();
    expect(waiting.packets[0]?.err).toMatchObject({ code: 'UNAVAILABLE' });
    const stored = setUp();
    stored.request.stored();
    stored.request.expire();
    expect(stored.packets[0]?.err).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });
});
