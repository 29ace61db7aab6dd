import { beforeEach, describe, expect, it } from '@jest/globals';
import { Logs } from './logs.js';

const STREAM = 3;

describe('the logs, as a thread sees them', () => {
  let logs: Logs;

  beforeEach(() => {
    logs = new Logs(true);
    logs.enter(STREAM, 'one');
  });

  const hear = (epoch: string, seq: number, number: number) =>
    logs.hear({ stream: STREAM, seq, sender: 1, number }, epoch);
  /** The sender's messages with these numbers are stored one after the other, and acknowledged. */
  const store = (epoch: string, first: number, ...numbers: number[]) => {
    for (const [index, number] of numbers.entries()) {
      hear(epoch, first + index, number);
      logs.acknowledge(1, number);
    }
  };
  const nothing = { vanished: [], repeated: [] };

  it('have everything that was acknowledged', () => {
    store('one', 11, 1, 2, 3);
    expect(logs.settle()).toEqual(nothing);
    expect(logs.newest()).toEqual([[STREAM, 13]]);
  });

  it('miss what a new epoch does not have, unless it was stored again', () => {
    store('one', 11, 1, 2, 3);
    logs.goOn(STREAM, 'two', 11);
    hear('two', 12, 3);
    expect(logs.newest()).toEqual([[STREAM, 12]]);
    expect(logs.settle()).toEqual({ vanished: ['message 2 of sender 1'], repeated: [] });
    expect(logs.settle()).toEqual(nothing);
  });

  it('miss it also when other messages have its number', () => {
    store('one', 11, 1, 2);
    logs.goOn(STREAM, 'two', 11);
    store('two', 12, 3);
    expect(logs.settle()).toEqual({ vanished: ['message 2 of sender 1'], repeated: [] });
  });

  it('end once, although each connection hears of it', () => {
    store('one', 11, 1, 2);
    logs.goOn(STREAM, 'two', 12);
    store('two', 13, 3);
    logs.goOn(STREAM, 'two', 12);
    logs.enter(STREAM, 'two');
    expect(logs.newest()).toEqual([[STREAM, 13]]);
    expect(logs.settle()).toEqual(nothing);
  });

  it('may end in the same epoch, before anybody writes again', () => {
    store('one', 11, 1, 2);
    logs.goOn(STREAM, 'one', 11);
    logs.goOn(STREAM, 'two', 11);
    store('two', 12, 3);
    logs.goOn(STREAM, 'one', 11);
    expect(logs.settle()).toEqual({ vanished: ['message 2 of sender 1'], repeated: [] });
  });

  it('ignore late messages of an earlier epoch that are gone, and take those that are not', () => {
    logs.goOn(STREAM, 'two', 11);
    store('two', 12, 5);
    store('one', 11, 1, 2);
    expect(logs.newest()).toEqual([[STREAM, 12]]);
    expect(logs.settle()).toEqual({ vanished: ['message 2 of sender 1'], repeated: [] });
  });

  it('have a message twice that was stored twice', () => {
    store('one', 11, 1);
    hear('one', 12, 1);
    expect(logs.settle()).toEqual({ vanished: [], repeated: ['message 1 of sender 1'] });
  });

  it('keep no messages where that was not asked for', () => {
    logs = new Logs(false);
    logs.enter(STREAM, 'one');
    store('one', 11, 1, 1);
    expect(logs.newest()).toEqual([[STREAM, 12]]);
    expect(logs.settle()).toEqual(nothing);
  });
});
