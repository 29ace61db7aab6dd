import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { ConsoleLogger } from '@nestjs/common';
import { CalmLogger } from './calm-logger.js';

/** Nest's logger, with what it writes. */
class Written extends ConsoleLogger {
  constructor() {
    super({ colors: false });
  }

  readonly texts: string[] = [];

  protected override printMessages(messages: unknown[]): void {
    for (const message of messages) this.texts.push(String(this.stringifyMessage(message, 'error')));
  }
}

const HOSTILE: [string, unknown][] = [
  ['fails when it is inspected', { [inspect.custom]: () => JSON.parse('[') }],
  [
    'is a function that fails',
    () => {
      throw new Error('called');
    },
  ],
];

describe('a calm logger', () => {
  it.each(HOSTILE)('survives what %s, and says that there was something', (_, hostile) => {
    const written = new Written();
    expect(() => written.error(hostile)).toThrow();
    expect(() => new CalmLogger(written).error(hostile)).not.toThrow();
    expect(written.texts).toEqual(['An error could not be logged']);
  });

  it('survives a logger that is broken itself', () => {
    const broken = new ConsoleLogger();
    broken.error = () => {
      throw new Error('the stream of the log is closed');
    };
    expect(() => new CalmLogger(broken).error('x')).not.toThrow();
  });
});
