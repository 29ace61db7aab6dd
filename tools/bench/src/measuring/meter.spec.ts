import { describe, expect, it } from '@jest/globals';
import { callsOf, difference } from './meter.js';

const info = [
  '# Commandstats',
  'cmdstat_xadd:calls=12,usec=3,usec_per_call=0.25,rejected_calls=0,failed_calls=0',
  'cmdstat_client|setinfo:calls=2,usec=1,usec_per_call=0.5,rejected_calls=0,failed_calls=0',
].join('\r\n');

describe('the meter', () => {
  it("reads Redis's count of calls by command", () => {
    expect(callsOf(info)).toEqual({ xadd: 12, 'client|setinfo': 2 });
  });

  it('tells what was used in between, without its own questions', () => {
    const before = {
      gateways: 10,
      servers: 20,
      redis: 5,
      calls: { xadd: 10, info: 2 },
      reads: 7,
      bytes: 100,
    };
    const after = {
      gateways: 30,
      servers: 50,
      redis: 15,
      calls: { xadd: 12, info: 4, publish: 3 },
      reads: 9,
      bytes: 400,
    };
    expect(difference(before, after)).toEqual({
      gatewayUs: 20_000,
      serverUs: 30_000,
      redisUs: 10_000,
      redisCalls: { xadd: 2, publish: 3 },
      redisReads: 2,
      redisBytes: 300,
    });
  });
});
