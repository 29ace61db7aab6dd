import { afterEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { errorText } from '@parley/redis-transport';
import { createLogger, NestLogger } from './logger.js';

describe('what goes through Nest’s logger', () => {
  afterEach(() => Logger.overrideLogger(false));

  const logged = (write: (logger: Logger) => void): object => {
    const lines: string[] = [];
    Logger.overrideLogger(
      new NestLogger(createLogger('test', 'trace', { write: (line) => lines.push(line) })),
    );
    write(new Logger('Transport'));
    expect(lines).toHaveLength(1);
    return JSON.parse(lines[0]!);
  };

  it.each(['log', 'warn', 'error'] as const)('keeps the words and the context of %s', (level) => {
    expect(logged((logger) => logger[level]('words of our own'))).toMatchObject({
      context: 'Transport',
      msg: 'words of our own',
    });
  });

  it('says what failed, as the transport words it', () => {
    const error = Object.assign(new Error('READONLY You quote a secret'), { command: { name: 'xadd' } });
    const line = logged((logger) => logger.error(errorText(error)));
    expect(line).toMatchObject({
      context: 'Transport',
      msg: expect.stringMatching(/^Error READONLY \(xadd\)\n/),
    });
    expect(JSON.stringify(line)).not.toContain('secret');
  });
});
