import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { RedisTransportServer } from './server/redis-transport.server.js';
import { TransportLogger } from './transport-logger.js';

describe('what the transport gives to the logger of its project', () => {
  let given: unknown[][];
  beforeEach(() => {
    given = [];
    const keep = (...values: unknown[]) => void given.push(values);
    Logger.overrideLogger({ log: keep, warn: keep, error: keep });
  });
  afterEach(() => Logger.overrideLogger(false));

  const refused = () =>
    Object.assign(new Error("ERR unknown command 'x', with args beginning with: 'private'"), {
      command: { name: 'xadd', args: ['private'] },
      cause: new Error('private'),
    });

  it('is text about an error, and never the error, which holds requests', () => {
    new TransportLogger('Transport').error(refused());
    expect(given).toHaveLength(1);
    for (const value of given[0]!) expect(['string', 'undefined']).toContain(typeof value);
    expect(given[0]![0]).toMatch(/^Error ERR \(xadd\)\n {4}at /);
    expect(String(given[0])).not.toContain('private');
  });

  it('is the same where Nest logs for the server', () => {
    const server = new RedisTransportServer({
      service: 'sample',
      connect: () => {
        throw new Error('not connected here');
      },
    });
    (server as unknown as { handleError(error: unknown): void }).handleError(refused());
    expect(given).toHaveLength(1);
    expect(typeof given[0]![0]).toBe('string');
    expect(String(given[0])).not.toContain('private');
  });

  it('is its own words as they are', () => {
    new TransportLogger('Transport').error('An event was set aside');
    expect(given[0]![0]).toBe('An event was set aside');
  });
});
