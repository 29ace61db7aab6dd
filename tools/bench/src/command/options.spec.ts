import { describe, expect, it } from '@jest/globals';
import { rooms } from '../benchmarks/rooms.js';
import { readOptions, withoutNode } from './options.js';

describe("a benchmark's options", () => {
  it("are the benchmark's own where none is given, and the result is recorded", () => {
    expect(readOptions([], rooms)).toMatchObject({
      records: true,
      append: false,
      run: { ...rooms.defaults, scale: 1 },
    });
  });

  it.each([
    ['a part of the servers', '--only=parley,nest-ws'],
    ['smaller crowds', '--scale=0.1'],
  ])('record nothing of %s', (_, option) => {
    expect(readOptions([option], rooms).records).toBe(false);
  });

  it.each([[['--node', '/opt/node']], [['--node=/opt/node']]])('may name a Node: %j', (option) => {
    const args = ['rooms', ...option, '--rounds', '1'];
    expect(withoutNode(args)).toEqual({ node: '/opt/node', args: ['rooms', '--rounds', '1'] });
    expect(() => withoutNode(['rooms', '--node'])).toThrow('--node: expected a path');
  });

  it.each([
    ['--rounds=many', /--rounds: expected a whole number of at least 1, not many/],
    ['--seconds=0', /--seconds: expected a whole number of at least 1/],
    ['--scale=2', /--scale: expected a number up to 1/],
    ['--only=parly', /--only: expected parley, socket\.io-redis, socket\.io-streams, nest-ws/],
    ['--wound=3', /wound/],
  ])('are refused: %s', (option, reason) => {
    expect(() => readOptions([option], rooms)).toThrow(reason);
  });
});
