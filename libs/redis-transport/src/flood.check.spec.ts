import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { testRedis } from '@parley/testing';
import { firstValueFrom, lastValueFrom, Observable } from 'rxjs';
import { TestParts } from './fixtures/test-service.js';

jest.setTimeout(60_000);

let sent = 0;

@Controller()
class FloodingController {
  @MessagePattern('echo')
  echo(@Payload() value: unknown): unknown {
    return value;
  }

  @MessagePattern('floods')
  floods(): Observable<number> {
    return new Observable((subscriber) => {
      while (sent < 2_000_000 && !subscriber.closed) subscriber.next(sent++);
      subscriber.complete();
    });
  }
}

describe('a reply of several values', () => {
  const shared = testRedis();
  const parts = new TestParts({ prefix: shared.prefix, connect: () => shared.connect() });
  afterEach(() => parts.close());

  it('that gives no turn to anything else is ended, and the others are answered', async () => {
    await parts.serve(FloodingController);
    const client = parts.client({ deadlineMs: 50_000 });
    await expect(lastValueFrom(client.send('floods', {}))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: false,
    });
    expect(sent).toBeLessThan(500_000);
    expect(await firstValueFrom(client.send('echo', 1))).toBe(1);
  });
});
