import { setImmediate as immediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { Part } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { answerEach } from './answer-each.js';
import { createLogger } from './logger.js';

/** An outcome is known in the turn in which it is answered, and leaves at the end of that. */
async function nextTurn(): Promise<void> {
  await immediate();
  await immediate();
}

/** `Promise.withResolvers`, which Node 20 does not have. */
function settler() {
  let resolve: (value: string) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<string>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}

/** An answer to items that the test answers by hand, and the parts that have left. */
function asked(count: number, parts: true | undefined) {
  const left: Part<string>[] = [];
  let isEnded = false;
  const settlers = Array.from({ length: count }, () => settler());
  const items = settlers.map((_, n) => n);
  const logger = createLogger('test', 'fatal');
  answerEach({ items, parts, logger }, (n) => settlers[n]!.promise).subscribe({
    next: (part) => left.push(part),
    complete: () => {
      isEnded = true;
    },
  });
  return { left, settlers, isEnded: () => isEnded };
}

describe('answerEach', () => {
  it('answers by one part what is known in one turn', async () => {
    const { left, settlers, isEnded } = asked(3, true);
    for (const n of [2, 0, 1]) settlers[n]!.resolve(String(n));
    await nextTurn();
    expect(left).toEqual([{ outcomes: ['0', '1', '2'] }]);
    expect(isEnded()).toBe(true);
  });

  it('lets an item that waits hold back no other, and a failed one fail no other', async () => {
    const { left, settlers, isEnded } = asked(3, true);
    settlers[2]!.resolve('2');
    settlers[0]!.reject(new AppError('FORBIDDEN', { message: 'no' }));
    await nextTurn();
    const error = { name: 'FORBIDDEN', message: 'no', retryAfterMs: undefined };
    expect(left).toEqual([{ outcomes: [{ error }, '2'], places: [0, 2] }]);
    expect(isEnded()).toBe(false);
    settlers[1]!.resolve('1');
    await nextTurn();
    expect(left.slice(1)).toEqual([{ outcomes: ['1'], places: [1] }]);
    expect(isEnded()).toBe(true);
  });

  it('answers at once who did not ask for parts', async () => {
    const { left, settlers } = asked(2, undefined);
    settlers[1]!.resolve('1');
    await nextTurn();
    expect(left).toEqual([]);
    settlers[0]!.resolve('0');
    await nextTurn();
    expect(left).toEqual([{ outcomes: ['0', '1'] }]);
  });

  it('answers a request about nothing', () => {
    expect(asked(0, true).left).toEqual([{ outcomes: [] }]);
  });
});
