import { describe, expect, it } from '@jest/globals';
import type { RedisRequestOptions } from '../redis-request.js';
import type { RequestBatch } from '../wire-format.js';
import { encodeBatch } from './encode-batch.js';
import { PendingRequest } from './pending-request.js';

const owner = { ended: () => undefined, unheard: () => undefined };
const request = (traits: RedisRequestOptions = {}) =>
  new PendingRequest(1, '{"id":"1"}', 1_000, traits, () => undefined, owner);
const encoded = (...requests: PendingRequest[]) => JSON.parse(encodeBatch('c', requests)) as RequestBatch;

describe('encodeBatch', () => {
  it('holds the requests, and the keys of those that have one', () => {
    expect(encoded(request(), request({ idempotencyKey: 'k' }))).toMatchObject({
      c: 'c',
      k: [[1, 'k']],
      p: [{ id: '1' }, { id: '1' }],
    });
  });

  it('says that it is the first only if nothing in it was sent before', () => {
    expect(encoded(request(), request()).f).toBe(1);
    expect(encoded(request(), request({ isRepeat: true })).f).toBeUndefined();
    const sent = request();
    sent.mayBeHandled = true;
    expect(encoded(sent, request()).f).toBeUndefined();
  });
});
